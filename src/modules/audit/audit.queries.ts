import type { FilterQuery } from '@mikro-orm/core';
import type { EntityManager } from '@mikro-orm/postgresql';
import type { EventTopic } from '../../kernel/events.js';
import { lowestIdOf } from '../../kernel/ids.js';
import { decodeIdCursor, pageSize, toPage } from '../../kernel/page.js';
import type { Page, PageRequest } from '../../kernel/page.js';
import { AuditEntry } from './audit-entry.entity.js';

/** Whose entries: all of an agency, or one subaccount's. */
export type AuditOwner = { readonly agencyId: string } | { readonly subaccountId: string };

export interface AuditFilter {
  readonly actions?: readonly EventTopic[] | null | undefined;
  /** A user, key, device or automation. */
  readonly actorId?: string | null | undefined;
  readonly targetId?: string | null | undefined;
  /** From this moment on. */
  readonly from?: Date | null | undefined;
  /** Before this moment. */
  readonly to?: Date | null | undefined;
}

/** Newest first. */
export async function listAuditEntries(
  em: EntityManager,
  owner: AuditOwner,
  request: PageRequest,
  filter: AuditFilter,
): Promise<Page<AuditEntry>> {
  const size = pageSize(request);
  const { actions, actorId, targetId, from, to } = filter;
  const conditions: FilterQuery<AuditEntry>[] = [owner];
  if (request.after != null) conditions.push({ id: { $lt: decodeIdCursor(request.after) } });
  if (from != null) conditions.push({ id: { $gte: lowestIdOf(from) } });
  if (to != null) conditions.push({ id: { $lt: lowestIdOf(to) } });
  if (actions != null) conditions.push({ action: { $in: [...actions] } });
  if (actorId != null) conditions.push({ actorId });
  if (targetId != null) conditions.push({ targetId });
  const rows = await em.find(AuditEntry, { $and: conditions }, { orderBy: { id: 'desc' }, limit: size + 1 });
  return toPage(rows, size, request, (entry) => [entry.id]);
}

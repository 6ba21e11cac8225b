import type { FilterQuery } from '@mikro-orm/core';
import type { EntityManager } from '@mikro-orm/postgresql';
import { kernelErrors } from '../../kernel/errors.js';
import { decodeIdCursor, pageSize, toPage } from '../../kernel/page.js';
import type { Page, PageRequest } from '../../kernel/page.js';
import { containsPattern } from '../../platform/database/like-pattern.js';
import { Subaccount } from './subaccount.entity.js';

export interface SubaccountFilter {
  /** Part of the name, in any case. */
  readonly name?: string | null | undefined;
}

/** Throws NOT_FOUND. */
export async function getSubaccount(em: EntityManager, id: string): Promise<Subaccount> {
  const subaccount = await em.findOne(Subaccount, { id });
  if (subaccount === null) throw kernelErrors.NOT_FOUND();
  return subaccount;
}

export function findSubaccounts(em: EntityManager, ids: readonly string[]): Promise<Subaccount[]> {
  return em.find(Subaccount, { id: { $in: [...ids] } });
}

/** Subaccounts of an agency, oldest first. */
export async function listSubaccounts(
  em: EntityManager,
  agencyId: string,
  request: PageRequest,
  filter: SubaccountFilter,
): Promise<Page<Subaccount>> {
  const size = pageSize(request);
  const conditions: FilterQuery<Subaccount>[] = [{ agencyId }];
  if (request.after != null) conditions.push({ id: { $gt: decodeIdCursor(request.after) } });
  if (filter.name != null) conditions.push({ name: { $ilike: containsPattern(filter.name) } });
  const rows = await em.find(Subaccount, { $and: conditions }, { orderBy: { id: 'asc' }, limit: size + 1 });
  return toPage(rows, size, request, (subaccount) => [subaccount.id]);
}

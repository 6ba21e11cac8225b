import { LockMode } from '@mikro-orm/core';
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
  readonly isSuspended?: boolean | null | undefined;
}

/** Throws NOT_FOUND. */
export async function getSubaccount(em: EntityManager, id: string): Promise<Subaccount> {
  const subaccount = await em.findOne(Subaccount, { id });
  if (subaccount === null) throw kernelErrors.NOT_FOUND();
  return subaccount;
}

/** As {@link getSubaccount}; nobody suspends or resumes it until the transaction ends. */
export async function holdSubaccount(em: EntityManager, id: string): Promise<Subaccount> {
  const subaccount = await em.findOne(Subaccount, { id }, { lockMode: LockMode.PESSIMISTIC_READ });
  if (subaccount === null) throw kernelErrors.NOT_FOUND();
  return subaccount;
}

/** As {@link getSubaccount}, locked until the transaction ends. Rows may be added that refer to it. */
export async function lockSubaccount(em: EntityManager, id: string): Promise<Subaccount> {
  await em.execute('select from subaccount where id = ? for no key update', [id]);
  return getSubaccount(em, id);
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
  if (filter.isSuspended != null) conditions.push({ suspendedAt: filter.isSuspended ? { $ne: null } : null });
  const rows = await em.find(Subaccount, { $and: conditions }, { orderBy: { id: 'asc' }, limit: size + 1 });
  return toPage(rows, size, request, (subaccount) => [subaccount.id]);
}

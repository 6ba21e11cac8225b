import type { FilterQuery } from '@mikro-orm/core';
import type { EntityManager } from '@mikro-orm/postgresql';
import { decodeIdCursor, pageSize, toPage } from '../../kernel/page.js';
import type { Page, PageRequest } from '../../kernel/page.js';
import { ApiKey } from './api-key.entity.js';

/** Whose keys: an agency's own and those of its subaccounts, or one subaccount's. */
export type KeyHolder = { readonly agencyId: string } | { readonly subaccountId: string };

/** Keys, revoked ones included, oldest first. */
export async function listApiKeys(
  em: EntityManager,
  holder: KeyHolder,
  request: PageRequest,
): Promise<Page<ApiKey>> {
  const size = pageSize(request);
  const conditions: FilterQuery<ApiKey>[] = [holder];
  if (request.after != null) conditions.push({ id: { $gt: decodeIdCursor(request.after) } });
  const rows = await em.find(ApiKey, { $and: conditions }, { orderBy: { id: 'asc' }, limit: size + 1 });
  return toPage(rows, size, request, (key) => [key.id]);
}

export function findApiKeys(em: EntityManager, ids: readonly string[]): Promise<ApiKey[]> {
  return em.find(ApiKey, { id: { $in: [...ids] } });
}

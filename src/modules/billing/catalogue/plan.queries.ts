import type { EntityManager } from '@mikro-orm/postgresql';
import { kernelErrors } from '../../../kernel/errors.js';
import { pageSize, toPage } from '../../../kernel/page.js';
import type { Page, PageRequest } from '../../../kernel/page.js';
import { decodeNumberCursor } from './catalogue.queries.js';
import { Plan } from './plan.entity.js';

/** Throws NOT_FOUND. */
export async function getPlan(em: EntityManager, id: string): Promise<Plan> {
  const plan = await em.findOne(Plan, { id });
  if (plan === null) throw kernelErrors.NOT_FOUND();
  return plan;
}

export function findPlans(em: EntityManager, ids: readonly string[]): Promise<Plan[]> {
  return em.find(Plan, { id: { $in: [...ids] } });
}

/** By number. */
export async function listPlans(
  em: EntityManager,
  request: PageRequest,
  { archived }: { readonly archived: boolean },
): Promise<Page<Plan>> {
  const size = pageSize(request);
  const rows = await em.find(
    Plan,
    {
      ...(request.after == null ? {} : { number: { $gt: decodeNumberCursor(request.after) } }),
      ...(archived ? {} : { archivedAt: null }),
    },
    { orderBy: { number: 'asc' }, limit: size + 1 },
  );
  return toPage(rows, size, request, ({ number }) => [String(number)]);
}

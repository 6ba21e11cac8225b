import { LockMode } from '@mikro-orm/core';
import type { EntityManager } from '@mikro-orm/postgresql';
import { kernelErrors } from '../../kernel/errors.js';
import { decodeIdCursor, pageSize, toPage } from '../../kernel/page.js';
import type { Page, PageRequest } from '../../kernel/page.js';
import { Automation } from './automation.entity.js';

/** Rules that are switched on, in their order. */
export function findAutomationsAtWork(em: EntityManager, subaccountId: string): Promise<Automation[]> {
  return em.find(
    Automation,
    { subaccountId, status: 'ENABLED', deletedAt: null },
    { orderBy: { position: 'asc', id: 'asc' } },
  );
}

/** Throws NOT_FOUND. */
export async function getAutomation(em: EntityManager, id: string): Promise<Automation> {
  const automation = await em.findOne(Automation, { id, deletedAt: null });
  if (automation === null) throw kernelErrors.NOT_FOUND();
  return automation;
}

/** As {@link getAutomation}, locked until the transaction ends. */
export async function lockAutomation(em: EntityManager, id: string): Promise<Automation> {
  const options = { lockMode: LockMode.PESSIMISTIC_WRITE } as const;
  const automation = await em.findOne(Automation, { id, deletedAt: null }, options);
  if (automation === null) throw kernelErrors.NOT_FOUND();
  return automation;
}

/** Also those that were deleted: runs go on telling of them. */
export function findAutomations(em: EntityManager, ids: readonly string[]): Promise<Automation[]> {
  return em.find(Automation, { id: { $in: [...ids] } });
}

/** Rules of a subaccount, in their order; there are few enough for one statement. */
export function listInOrder(em: EntityManager, subaccountId: string): Promise<Automation[]> {
  return em.find(Automation, { subaccountId, deletedAt: null }, { orderBy: { position: 'asc', id: 'asc' } });
}

/** A page of them as {@link listInOrder} gives them. */
export function pageOf(automations: readonly Automation[], request: PageRequest): Page<Automation> {
  const size = pageSize(request);
  const after = request.after == null ? null : decodeIdCursor(request.after);
  const start = after === null ? 0 : automations.findIndex(({ id }) => id === after) + 1;
  return toPage(automations.slice(start, start + size + 1), size, request, ({ id }) => [id]);
}

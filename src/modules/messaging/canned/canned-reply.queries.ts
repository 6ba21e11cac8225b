import { LockMode } from '@mikro-orm/core';
import type { EntityManager } from '@mikro-orm/postgresql';
import { kernelErrors } from '../../../kernel/errors.js';
import { decodeIdCursor, pageSize, toPage } from '../../../kernel/page.js';
import type { Page, PageRequest } from '../../../kernel/page.js';
import { CannedReply } from './canned-reply.entity.js';

/** Throws NOT_FOUND. */
export async function getCannedReply(em: EntityManager, id: string): Promise<CannedReply> {
  const reply = await em.findOne(CannedReply, { id });
  if (reply === null) throw kernelErrors.NOT_FOUND();
  return reply;
}

/** As {@link getCannedReply}, locked until the transaction ends. */
export async function lockCannedReply(em: EntityManager, id: string): Promise<CannedReply> {
  const reply = await em.findOne(CannedReply, { id }, { lockMode: LockMode.PESSIMISTIC_WRITE });
  if (reply === null) throw kernelErrors.NOT_FOUND();
  return reply;
}

export function findCannedReplies(em: EntityManager, ids: readonly string[]): Promise<CannedReply[]> {
  return em.find(CannedReply, { id: { $in: [...ids] } });
}

/** Of a subaccount, oldest first. */
export async function listCannedReplies(
  em: EntityManager,
  subaccountId: string,
  request: PageRequest,
): Promise<Page<CannedReply>> {
  const size = pageSize(request);
  const place = request.after == null ? {} : { id: { $gt: decodeIdCursor(request.after) } };
  const rows = await em.find(
    CannedReply,
    { subaccountId, ...place },
    { orderBy: { id: 'asc' }, limit: size + 1 },
  );
  return toPage(rows, size, request, ({ id }) => [id]);
}

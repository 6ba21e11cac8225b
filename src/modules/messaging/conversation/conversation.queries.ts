import type { FilterQuery } from '@mikro-orm/core';
import type { EntityManager } from '@mikro-orm/postgresql';
import { kernelErrors } from '../../../kernel/errors.js';
import { decodeTimeCursor, pageSize, toPage } from '../../../kernel/page.js';
import type { Page, PageRequest } from '../../../kernel/page.js';
import { Conversation } from './conversation.entity.js';
import type { ConversationKind, ConversationStatus } from './conversation.entity.js';

export interface ConversationFilter {
  readonly status?: readonly ConversationStatus[] | null | undefined;
  readonly kind?: ConversationKind | null | undefined;
  readonly deviceId?: string | null | undefined;
  /** true: with unread messages; false: without. */
  readonly unread?: boolean | null | undefined;
}

/** Whose conversations. */
export type ConversationOwner =
  { readonly subaccountId: string } | { readonly deviceId: string } | { readonly contactId: string };

/** Throws NOT_FOUND. */
export async function getConversation(em: EntityManager, id: string): Promise<Conversation> {
  const conversation = await em.findOne(Conversation, { id });
  if (conversation === null) throw kernelErrors.NOT_FOUND();
  return conversation;
}

export function findConversations(em: EntityManager, ids: readonly string[]): Promise<Conversation[]> {
  return em.find(Conversation, { id: { $in: [...ids] } });
}

/** Most recent first. */
export async function listConversations(
  em: EntityManager,
  owner: ConversationOwner,
  request: PageRequest,
  filter: ConversationFilter,
): Promise<Page<Conversation>> {
  const size = pageSize(request);
  const conditions: FilterQuery<Conversation>[] = [owner];
  if (request.after != null) conditions.push(olderThan(request.after));
  if (filter.status != null) conditions.push({ status: { $in: [...filter.status] } });
  if (filter.kind != null) conditions.push({ kind: filter.kind });
  if (filter.deviceId != null) conditions.push({ deviceId: filter.deviceId });
  if (filter.unread != null) conditions.push({ unreadCount: filter.unread ? { $gt: 0 } : 0 });
  const rows = await em.find(
    Conversation,
    { $and: conditions },
    { orderBy: { lastMessageAt: 'desc', id: 'desc' }, limit: size + 1 },
  );
  return toPage(rows, size, request, ({ lastMessageAt, id }) => [lastMessageAt.toISOString(), id]);
}

function olderThan(cursor: string): FilterQuery<Conversation> {
  const { at: lastMessageAt, id } = decodeTimeCursor(cursor);
  return { $or: [{ lastMessageAt: { $lt: lastMessageAt } }, { lastMessageAt, id: { $lt: id } }] };
}

import type { FilterQuery } from '@mikro-orm/core';
import type { EntityManager } from '@mikro-orm/postgresql';
import { kernelErrors } from '../../../kernel/errors.js';
import { decodeIdCursor, pageSize, toPage } from '../../../kernel/page.js';
import type { Page, PageRequest } from '../../../kernel/page.js';
import { Media } from '../media/media.entity.js';
import { MessageAttempt } from '../outbound/attempt.entity.js';
import { Message } from './message.entity.js';
import type { Direction } from './message.kind.js';
import type { MessageStatus } from './message.status.js';

export interface MessageFilter {
  readonly status?: readonly MessageStatus[] | null | undefined;
  readonly direction?: Direction | null | undefined;
  readonly deviceId?: string | null | undefined;
  readonly conversationId?: string | null | undefined;
  readonly whatsappId?: string | null | undefined;
}

/** Whose messages. */
export type MessageOwner =
  { readonly subaccountId: string } | { readonly conversationId: string } | { readonly deviceId: string };

/** Throws NOT_FOUND. */
export async function getMessage(em: EntityManager, id: string): Promise<Message> {
  const message = await em.findOne(Message, { id });
  if (message === null) throw kernelErrors.NOT_FOUND();
  return message;
}

export function findMessages(em: EntityManager, ids: readonly string[]): Promise<Message[]> {
  return em.find(Message, { id: { $in: [...ids] } });
}

/** Newest first. */
export async function listMessages(
  em: EntityManager,
  owner: MessageOwner,
  request: PageRequest,
  filter: MessageFilter,
): Promise<Page<Message>> {
  const size = pageSize(request);
  const conditions: FilterQuery<Message>[] = [owner];
  if (request.after != null) conditions.push({ id: { $lt: decodeIdCursor(request.after) } });
  if (filter.status != null) conditions.push({ status: { $in: [...filter.status] } });
  if (filter.direction != null) conditions.push({ direction: filter.direction });
  if (filter.deviceId != null) conditions.push({ deviceId: filter.deviceId });
  if (filter.conversationId != null) conditions.push({ conversationId: filter.conversationId });
  if (filter.whatsappId != null) conditions.push({ whatsappId: filter.whatsappId });
  const rows = await em.find(Message, { $and: conditions }, { orderBy: { id: 'desc' }, limit: size + 1 });
  return toPage(rows, size, request, (message) => [message.id]);
}

export function findMedia(em: EntityManager, messageIds: readonly string[]): Promise<Media[]> {
  return em.find(Media, { messageId: { $in: [...messageIds] } });
}

/** In the order of their numbers. */
export function findAttempts(em: EntityManager, messageIds: readonly string[]): Promise<MessageAttempt[]> {
  return em.find(
    MessageAttempt,
    { messageId: { $in: [...messageIds] } },
    { orderBy: { messageId: 'asc', number: 'asc' } },
  );
}

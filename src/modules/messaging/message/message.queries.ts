import type { EntityManager } from '@mikro-orm/postgresql';
import { kernelErrors } from '../../../kernel/errors.js';
import { lowestIdOf } from '../../../kernel/ids.js';
import { decodeIdCursor, pageSize, toPage } from '../../../kernel/page.js';
import type { Page, PageRequest } from '../../../kernel/page.js';
import {
  findFirstOfEach,
  isAfter,
  isAtLeast,
  isBelow,
  isEqual,
  isGiven,
  isNoneOf,
  isOneOf,
  type Condition,
} from '../../../platform/database/first-of-each.js';
import { Media } from '../media/media.entity.js';
import { MessageAttempt } from '../outbound/attempt.entity.js';
import { Message } from './message.entity.js';
import type { Direction } from './message.kind.js';
import { ENDED_UNSENT, UNDER_WAY } from './message.status.js';
import type { MessageStatus } from './message.status.js';

export interface MessageFilter {
  readonly status?: readonly MessageStatus[] | null | undefined;
  readonly direction?: Direction | null | undefined;
  readonly deviceId?: string | null | undefined;
  readonly conversationId?: string | null | undefined;
  readonly whatsappId?: string | null | undefined;
  /** E.164 digits. */
  readonly recipient?: string | null | undefined;
  readonly createdFrom?: Date | null | undefined;
  readonly createdBefore?: Date | null | undefined;
}

/** What a list of messages belongs to. */
export type MessageOwnerKey = 'subaccountId' | 'conversationId' | 'deviceId';

const OWNER_COLUMNS = {
  subaccountId: 'subaccount_id',
  conversationId: 'conversation_id',
  deviceId: 'device_id',
} as const satisfies Record<MessageOwnerKey, string>;

/** Throws NOT_FOUND. */
export async function getMessage(em: EntityManager, id: string): Promise<Message> {
  const message = await em.findOne(Message, { id });
  if (message === null) throw kernelErrors.NOT_FOUND();
  return message;
}

export function findMessages(em: EntityManager, ids: readonly string[]): Promise<Message[]> {
  return em.find(Message, { id: { $in: [...ids] } });
}

/** A page for each owner, in their order, newest first. Two statements, however many owners. */
export async function listMessagesOfEach(
  em: EntityManager,
  { key, ids: ownerIds }: { readonly key: MessageOwnerKey; readonly ids: readonly string[] },
  request: PageRequest,
  filter: MessageFilter,
): Promise<Page<Message>[]> {
  const size = pageSize(request);
  const ids = await findFirstOfEach(em, {
    table: 'message',
    ownerColumn: OWNER_COLUMNS[key],
    ownerIds,
    conditions: conditionsOf(request, filter),
    newestBy: ['id'],
    limit: size + 1,
  });
  const rows = await em.find(Message, { id: { $in: ids } }, { orderBy: { id: 'desc' } });
  const byOwner = Map.groupBy(rows, (message) => message[key]);
  return ownerIds.map((id) => toPage(byOwner.get(id) ?? [], size, request, (message) => [message.id]));
}

function conditionsOf({ after }: PageRequest, filter: MessageFilter): Condition[] {
  const { status, direction, deviceId, conversationId, whatsappId, recipient } = filter;
  const { createdFrom, createdBefore } = filter;
  return [
    // What changed other messages shows there.
    isNoneOf('kind', ['EDIT', 'DELETION']),
    ...(after == null ? [] : [isAfter({ id: decodeIdCursor(after) })]),
    ...(status == null ? [] : [isOneOf('status', status)]),
    // For the indexes of these, which are rare: the ones say why they ended, the others when to go on.
    ...(status?.every((each) => ENDED_UNSENT.includes(each)) ? [isGiven('failure_code', true)] : []),
    ...(status?.every((each) => UNDER_WAY.includes(each)) ? [isGiven('due_at', true)] : []),
    ...(direction == null ? [] : [isEqual('direction', direction)]),
    ...(deviceId == null ? [] : [isEqual('device_id', deviceId)]),
    ...(conversationId == null ? [] : [isEqual('conversation_id', conversationId)]),
    ...(whatsappId == null ? [] : [isEqual('whatsapp_id', whatsappId)]),
    ...(recipient == null ? [] : [isEqual('recipient', recipient)]),
    ...(createdFrom == null ? [] : [isAtLeast('id', lowestIdOf(createdFrom))]),
    ...(createdBefore == null ? [] : [isBelow('id', lowestIdOf(createdBefore))]),
  ];
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

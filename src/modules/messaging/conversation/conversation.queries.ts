import { LockMode } from '@mikro-orm/core';
import type { EntityManager } from '@mikro-orm/postgresql';
import { invalidInput, kernelErrors } from '../../../kernel/errors.js';
import { decodeTimeCursor, pageSize, toPage } from '../../../kernel/page.js';
import type { Page, PageRequest } from '../../../kernel/page.js';
import {
  countOfEach,
  findFirstOfEach,
  isAbove,
  isAfter,
  isEqual,
  isGiven,
  isListedIn,
  isMostlyListedIn,
  isOneOf,
  type Condition,
} from '../../../platform/database/first-of-each.js';
import { Conversation } from './conversation.entity.js';
import type { ConversationKind, ConversationStatus } from './conversation.entity.js';
import { hasMuchUnread } from './conversation.unread.js';

/** Nobody looks at more in a list, and counting further costs. */
export const MAX_COUNT = 1_000;

export const ASSIGNED = ['ME', 'SOMEBODY', 'NOBODY'] as const;
export type Assigned = (typeof ASSIGNED)[number];

/** What is left out or null matters not. */
export interface ConversationFilter {
  readonly status?: readonly ConversationStatus[] | null | undefined;
  readonly kind?: ConversationKind | null | undefined;
  readonly deviceId?: string | null | undefined;
  /** true: with messages that nobody has marked as read; false: without. */
  readonly unread?: boolean | null | undefined;
  /** With messages that the user who asks has not read. */
  readonly unreadByMe?: boolean | null | undefined;
  readonly assigned?: Assigned | null | undefined;
  readonly assigneeId?: string | null | undefined;
  readonly teamId?: string | null | undefined;
  readonly label?: string | null | undefined;
  /** Notes name the user who asks. */
  readonly mentionsMe?: boolean | null | undefined;
}

/** What a list of conversations belongs to. */
export type ConversationOwnerKey = 'subaccountId' | 'deviceId' | 'contactId';

const OWNER_COLUMNS = {
  subaccountId: 'subaccount_id',
  deviceId: 'device_id',
  contactId: 'contact_id',
} as const satisfies Record<ConversationOwnerKey, string>;

/** Throws NOT_FOUND. */
export async function getConversation(em: EntityManager, id: string): Promise<Conversation> {
  const conversation = await em.findOne(Conversation, { id });
  if (conversation === null) throw kernelErrors.NOT_FOUND();
  return conversation;
}

/** As {@link getConversation}, locked until the transaction ends. */
export async function lockConversation(em: EntityManager, id: string): Promise<Conversation> {
  const conversation = await findLockedConversation(em, id);
  if (conversation === null) throw kernelErrors.NOT_FOUND();
  return conversation;
}

export function findLockedConversation(em: EntityManager, id: string): Promise<Conversation | null> {
  return em.findOne(Conversation, { id }, { lockMode: LockMode.PESSIMISTIC_WRITE });
}

export function findConversations(em: EntityManager, ids: readonly string[]): Promise<Conversation[]> {
  return em.find(Conversation, { id: { $in: [...ids] } });
}

interface Question {
  readonly filter: ConversationFilter;
  /** Who asks; null: nobody who logs in. */
  readonly userId: string | null;
}

/** How many each owner has, in their order, counted up to {@link MAX_COUNT}. */
export function countConversationsOfEach(
  em: EntityManager,
  ownerIds: readonly string[],
  { filter, userId }: Question,
): Promise<number[]> {
  return countOfEach(em, {
    table: 'conversation',
    ownerColumn: 'subaccount_id',
    ownerIds,
    conditions: [...conditionsOf(filter), ...personalConditionsOf(filter, userId)],
    limit: MAX_COUNT,
  });
}

/** A page for each owner, in their order, most recent first. Two or three statements, however many owners. */
export async function listConversationsOfEach(
  em: EntityManager,
  { key, ids: ownerIds }: { readonly key: ConversationOwnerKey; readonly ids: readonly string[] },
  request: PageRequest,
  { filter, userId }: Question,
): Promise<Page<Conversation>[]> {
  const size = pageSize(request);
  const isMuch =
    filter.unreadByMe === true &&
    userId !== null &&
    key === 'subaccountId' &&
    (await hasMuchUnread(em, userId, ownerIds));
  const ids = await findFirstOfEach(em, {
    table: 'conversation',
    ownerColumn: OWNER_COLUMNS[key],
    ownerIds,
    conditions: [
      ...placeOf(request),
      ...conditionsOf(filter),
      ...personalConditionsOf(filter, userId, isMuch),
    ],
    newestBy: ['last_message_at', 'id'],
    limit: size + 1,
  });
  const orderBy = { lastMessageAt: 'desc', id: 'desc' } as const;
  const rows = await em.find(Conversation, { id: { $in: ids } }, { orderBy });
  const byOwner = Map.groupBy(rows, (conversation) => conversation[key]);
  return ownerIds.map((id) =>
    toPage(byOwner.get(id) ?? [], size, request, (row) => [row.lastMessageAt.toISOString(), row.id]),
  );
}

function placeOf({ after }: PageRequest): Condition[] {
  if (after == null) return [];
  const { at, id } = decodeTimeCursor(after);
  return [isAfter({ last_message_at: at.toISOString(), id })];
}

function conditionsOf(filter: ConversationFilter): Condition[] {
  const { status, kind, deviceId, unread, assigned, assigneeId, teamId, label } = filter;
  return [
    ...(status == null ? [] : [isOneOf('status', status)]),
    ...(kind == null ? [] : [isEqual('kind', kind)]),
    ...(deviceId == null ? [] : [isEqual('device_id', deviceId)]),
    ...(unread == null ? [] : [unread ? isAbove('unread_count', 0) : isEqual('unread_count', 0)]),
    ...(assigned === 'NOBODY' ? [isGiven('assignee_id', false)] : []),
    ...(assigned === 'SOMEBODY' ? [isGiven('assignee_id', true)] : []),
    ...(assigneeId == null ? [] : [isEqual('assignee_id', assigneeId)]),
    ...(teamId == null ? [] : [isEqual('team_id', teamId)]),
    ...(label == null ? [] : [isListedIn('conversation_label', labelled(label))]),
  ];
}

const labelled = (value: string) => ({ id: 'conversation_id', column: 'label', value });

/** Throws INVALID_INPUT where the filter means somebody and a key or token asks. */
function personalConditionsOf(
  { assigned, unreadByMe, mentionsMe }: ConversationFilter,
  userId: string | null,
  isMuch = false,
): Condition[] {
  const asks = [
    ...(assigned === 'ME' ? ['assigned'] : []),
    ...(unreadByMe === true ? ['unreadByMe'] : []),
    ...(mentionsMe === true ? ['mentionsMe'] : []),
  ];
  if (asks.length === 0) return [];
  if (userId === null) {
    throw invalidInput(asks.map((name) => ({ path: `filter.${name}`, message: 'is for users who log in' })));
  }
  const ofUser = { id: 'conversation_id', column: 'user_id', value: userId };
  return [
    ...(assigned === 'ME' ? [isEqual('assignee_id', userId)] : []),
    ...(mentionsMe === true ? [isListedIn('conversation_mention', ofUser)] : []),
    ...(unreadByMe === true ? [(isMuch ? isMostlyListedIn : isListedIn)('unread_conversation', ofUser)] : []),
  ];
}

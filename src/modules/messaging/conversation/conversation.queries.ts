import type { EntityManager } from '@mikro-orm/postgresql';
import { kernelErrors } from '../../../kernel/errors.js';
import { decodeTimeCursor, pageSize, toPage } from '../../../kernel/page.js';
import type { Page, PageRequest } from '../../../kernel/page.js';
import {
  findFirstOfEach,
  isAbove,
  isAfter,
  isEqual,
  isOneOf,
  type Condition,
} from '../../../platform/database/first-of-each.js';
import { Conversation } from './conversation.entity.js';
import type { ConversationKind, ConversationStatus } from './conversation.entity.js';

export interface ConversationFilter {
  readonly status?: readonly ConversationStatus[] | null | undefined;
  readonly kind?: ConversationKind | null | undefined;
  readonly deviceId?: string | null | undefined;
  /** true: with unread messages; false: without. */
  readonly unread?: boolean | null | undefined;
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

export function findConversations(em: EntityManager, ids: readonly string[]): Promise<Conversation[]> {
  return em.find(Conversation, { id: { $in: [...ids] } });
}

/** A page for each owner, in their order, most recent first. Two statements, however many owners. */
export async function listConversationsOfEach(
  em: EntityManager,
  { key, ids: ownerIds }: { readonly key: ConversationOwnerKey; readonly ids: readonly string[] },
  request: PageRequest,
  filter: ConversationFilter,
): Promise<Page<Conversation>[]> {
  const size = pageSize(request);
  const ids = await findFirstOfEach(em, {
    table: 'conversation',
    ownerColumn: OWNER_COLUMNS[key],
    ownerIds,
    conditions: conditionsOf(request, filter),
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

function conditionsOf({ after }: PageRequest, filter: ConversationFilter): Condition[] {
  const { status, kind, deviceId, unread } = filter;
  return [
    ...(after == null ? [] : [olderThan(after)]),
    ...(status == null ? [] : [isOneOf('status', status)]),
    ...(kind == null ? [] : [isEqual('kind', kind)]),
    ...(deviceId == null ? [] : [isEqual('device_id', deviceId)]),
    ...(unread == null ? [] : [unread ? isAbove('unread_count', 0) : isEqual('unread_count', 0)]),
  ];
}

function olderThan(cursor: string): Condition {
  const { at, id } = decodeTimeCursor(cursor);
  return isAfter({ last_message_at: at.toISOString(), id });
}

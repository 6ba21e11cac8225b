import type { EntityManager } from '@mikro-orm/postgresql';
import { PreparedStatement } from '../../../platform/database/prepared-statement.js';
import type { Conversation } from './conversation.entity.js';

/*
 * A row for each user and conversation with messages that they have not read says how many they have; there is none where they have read
 * all that came in. Rows are made with the messages (conversation.directory). Whoever writes here holds the row of the conversation.
 */

type Counted = Pick<Conversation, 'id' | 'agencyId' | 'subaccountId' | 'deviceId' | 'receivedCount'>;

interface UnreadRow {
  readonly conversationId: string;
  readonly readCount: number;
}

const FIND = new PreparedStatement<UnreadRow>(
  'find_unread_conversations',
  `select conversation_id as "conversationId", read_count as "readCount" from unread_conversation
   where user_id = $1 and conversation_id = any ($2::uuid[])`,
);

/** PostgreSQL sorts everything that is unread for one page, however much it is. */
const MUCH = 2_000;

const FIND_MUCH = new PreparedStatement<{ readonly id: string }>(
  'find_much_unread',
  `select conversation_id as id from unread_conversation where user_id = $1 and subaccount_id = any ($2::uuid[])
   offset ${MUCH} limit 1`,
);

const NOTE_READ = new PreparedStatement(
  'note_conversation_read',
  'delete from unread_conversation where conversation_id = $1 and user_id = $2',
);

const NOTE_UNREAD = new PreparedStatement(
  'note_conversation_unread',
  `insert into unread_conversation (conversation_id, user_id, agency_id, subaccount_id, device_id, read_count)
   values ($1, $2, $3, $4, $5, $6) on conflict do nothing`,
);

const NOTE_ALL_READ = new PreparedStatement<{ readonly userId: string }>(
  'note_conversation_read_by_all',
  'delete from unread_conversation where conversation_id = $1 returning user_id as "userId"',
);

/** Nobody has read less by it. */
const NOTE_READ_UP_TO = new PreparedStatement<{ readonly userId: string }>(
  'note_conversation_read_by_all_up_to',
  `update unread_conversation set read_count = $2 where conversation_id = $1 and read_count < $2
   returning user_id as "userId"`,
);

/** Who has no row for one of the two has read all of it. */
const ADD_READ = new PreparedStatement(
  'add_read_messages',
  'update unread_conversation set read_count = read_count + $2 where conversation_id = $1',
);

const MOVE = new PreparedStatement(
  'move_unread_conversation',
  `insert into unread_conversation as u (conversation_id, user_id, agency_id, subaccount_id, device_id, read_count)
   select $2, user_id, agency_id, subaccount_id, device_id, read_count from unread_conversation where conversation_id = $1
   on conflict (conversation_id, user_id) do update set read_count = u.read_count + excluded.read_count - $3`,
);

const FORGET = new PreparedStatement(
  'forget_unread_conversations',
  'delete from unread_conversation where subaccount_id = $1 and user_id = $2',
);

/** How many of the received messages a user has read, by conversation; those that they have read entirely are missing. */
export async function findUnread(
  em: EntityManager,
  userId: string,
  conversationIds: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const rows = await FIND.run(em, [userId, `{${conversationIds.join(',')}}`]);
  return new Map(rows.map(({ conversationId, readCount }) => [conversationId, readCount]));
}

/** Whether a user has so much unread that a list is found sooner in its own order. */
export async function hasMuchUnread(
  em: EntityManager,
  userId: string,
  subaccountIds: readonly string[],
): Promise<boolean> {
  return (await FIND_MUCH.run(em, [userId, `{${subaccountIds.join(',')}}`])).length > 0;
}

/** All that came in. */
export async function noteRead(em: EntityManager, { id }: Counted, userId: string): Promise<void> {
  await NOTE_READ.run(em, [id, userId]);
}

/** The last message that came in, unless more is unread. */
export async function noteUnread(em: EntityManager, conversation: Counted, userId: string): Promise<void> {
  const { id, agencyId, subaccountId, deviceId, receivedCount } = conversation;
  await NOTE_UNREAD.run(em, [id, userId, agencyId, subaccountId, deviceId, receivedCount - 1]);
}

/** All but the last ones, so many. Returns for how many users that is more than before. */
export async function noteReadByAll(
  em: EntityManager,
  conversation: Counted,
  unread: number,
): Promise<number> {
  const { id, receivedCount } = conversation;
  const changed =
    unread === 0
      ? await NOTE_ALL_READ.run(em, [id])
      : await NOTE_READ_UP_TO.run(em, [id, receivedCount - unread]);
  return changed.length;
}

/** Before the messages of the one are counted in the other. */
export async function moveUnread(em: EntityManager, from: Counted, into: Counted): Promise<void> {
  await ADD_READ.run(em, [into.id, from.receivedCount]);
  await ADD_READ.run(em, [from.id, into.receivedCount]);
  await MOVE.run(em, [from.id, into.id, from.receivedCount + into.receivedCount]);
}

export async function forgetUnread(em: EntityManager, subaccountId: string, userId: string): Promise<void> {
  await FORGET.run(em, [subaccountId, userId]);
}

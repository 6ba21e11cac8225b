import type { EntityManager } from '@mikro-orm/postgresql';
import { PreparedStatement } from '../../../platform/database/prepared-statement.js';
import type { Conversation } from './conversation.entity.js';

type Names = Pick<Conversation, 'id' | 'agencyId' | 'subaccountId' | 'deviceId'>;

/** What one person has read of a conversation. */
export interface ConversationRead {
  readonly conversationId: string;
  /** How many of the messages that came in. */
  readonly readCount: number;
}

const FIND = new PreparedStatement<ConversationRead>(
  'find_conversation_reads',
  `select conversation_id as "conversationId", read_count as "readCount" from conversation_read
   where user_id = $1 and conversation_id = any ($2::uuid[])`,
);

const NOTE = new PreparedStatement(
  'note_conversation_read',
  `insert into conversation_read (conversation_id, user_id, agency_id, subaccount_id, device_id, read_count, read_at)
   values ($1, $2, $3, $4, $5, $6, $7)
   on conflict (conversation_id, user_id) do update set read_count = excluded.read_count, read_at = excluded.read_at`,
);

/** Nobody has read less by it. */
const NOTE_BY_ALL = new PreparedStatement<{ readonly userId: string }>(
  'note_conversation_read_by_all',
  `insert into conversation_read as r (conversation_id, user_id, agency_id, subaccount_id, device_id, read_count, read_at)
   select $1, unnest($2::uuid[]), $3, $4, $5, $6, $7
   on conflict (conversation_id, user_id) do update set read_count = excluded.read_count, read_at = excluded.read_at
   where r.read_count < excluded.read_count
   returning user_id as "userId"`,
);

/** What a person has read in both is read in the one that stays. */
const MOVE = new PreparedStatement(
  'move_conversation_reads',
  `insert into conversation_read as r (conversation_id, user_id, agency_id, subaccount_id, device_id, read_count, read_at)
   select $2, user_id, agency_id, subaccount_id, device_id, read_count, read_at from conversation_read where conversation_id = $1
   on conflict (conversation_id, user_id) do update set
     read_count = r.read_count + excluded.read_count, read_at = greatest(r.read_at, excluded.read_at)`,
);

/** By conversation; those that the person never read are missing. */
export async function findReads(
  em: EntityManager,
  userId: string,
  conversationIds: readonly string[],
): Promise<ReadonlyMap<string, ConversationRead>> {
  const rows = await FIND.run(em, [userId, `{${conversationIds.join(',')}}`]);
  return new Map(rows.map((row) => [row.conversationId, row]));
}

export async function noteRead(
  em: EntityManager,
  conversation: Names,
  { userId, readCount, at }: { readonly userId: string; readonly readCount: number; readonly at: Date },
): Promise<void> {
  const { id, agencyId, subaccountId, deviceId } = conversation;
  await NOTE.run(em, [id, userId, agencyId, subaccountId, deviceId, readCount, at]);
}

/** Returns for how many of them that is more than before. */
export async function noteReadByAll(
  em: EntityManager,
  conversation: Names,
  read: { readonly userIds: readonly string[]; readonly readCount: number; readonly at: Date },
): Promise<number> {
  const { id, agencyId, subaccountId, deviceId } = conversation;
  const userIds = `{${read.userIds.join(',')}}`;
  const values = [id, userIds, agencyId, subaccountId, deviceId, read.readCount, read.at];
  return (await NOTE_BY_ALL.run(em, values)).length;
}

export async function moveReads(em: EntityManager, from: Names, into: Names): Promise<void> {
  await MOVE.run(em, [from.id, into.id]);
}

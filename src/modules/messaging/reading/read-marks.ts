import type { EntityManager } from '@mikro-orm/postgresql';
import { PreparedStatement } from '../../../platform/database/prepared-statement.js';
import type { Transaction } from '../../../platform/database/transaction.js';
import type { Conversation } from '../conversation/conversation.entity.js';

type Names = Pick<Conversation, 'id' | 'agencyId' | 'subaccountId' | 'deviceId'>;

/** Of one mark; who has not looked for longer need not know it any more. */
const MESSAGES_AT_ONCE = 500;
const MARKS_AT_ONCE = 20;

const NOTE = new PreparedStatement<{ readonly shard: number }>(
  'note_read_mark',
  `with device as (select id, agency_id, subaccount_id, shard from device where id = $2 and send_read_receipts),
   noted as (
     insert into read_mark as r (conversation_id, agency_id, subaccount_id, device_id, message_id, count)
     select $1, d.agency_id, d.subaccount_id, d.id, m.id, $3
     from device d cross join lateral (
       select id from message where conversation_id = $1 and direction = 'INBOUND' order by id desc limit 1) m
     on conflict (conversation_id) do update set message_id = excluded.message_id, count = r.count + excluded.count
     returning device_id
   )
   select shard from device where id in (select device_id from noted)`,
);

/** The address that a message came under, which a read receipt must name, is in the inbox alone, and only for some time. */
const FIND_DUE = new PreparedStatement<DueRow>(
  'find_due_read_marks',
  `select r.conversation_id as "conversationId", r.message_id as "messageId", d.send_read_receipts as wanted,
          i.chat, i.participant, array_agg(i.whatsapp_id order by i.id) as "whatsappIds"
   from (select * from read_mark where device_id = $1 order by message_id limit ${MARKS_AT_ONCE}) r
   join device d on d.id = r.device_id
   left join lateral (
     select whatsapp_id from message
     where conversation_id = r.conversation_id and direction = 'INBOUND' and kind <> 'REACTION' and id <= r.message_id
     order by id desc limit least(r.count, ${MESSAGES_AT_ONCE})) m on true
   left join inbox i on i.device_id = r.device_id and i.whatsapp_id = m.whatsapp_id and not i.from_me
   group by 1, 2, 3, 4, 5`,
);

/** Mostly there is nothing to tell, and that is found out for less. */
const ANY_DUE = new PreparedStatement('any_read_marks', 'select from read_mark where device_id = $1 limit 1');

const REMOVE = new PreparedStatement(
  'remove_read_marks',
  `delete from read_mark r using unnest($1::uuid[], $2::uuid[]) as told (conversation_id, message_id)
   where r.conversation_id = told.conversation_id and r.message_id = told.message_id`,
);

const MOVE = new PreparedStatement(
  'move_read_mark',
  `insert into read_mark as r (conversation_id, agency_id, subaccount_id, device_id, message_id, count)
   select $2, agency_id, subaccount_id, device_id, message_id, count from read_mark where conversation_id = $1
   on conflict (conversation_id) do update set
     message_id = greatest(r.message_id, excluded.message_id), count = r.count + excluded.count`,
);

interface DueRow {
  readonly conversationId: string;
  readonly messageId: string;
  readonly wanted: boolean;
  readonly chat: string | null;
  readonly participant: string | null;
  readonly whatsappIds: readonly (string | null)[];
}

/** What one read receipt tells. */
export interface ReadReceipt {
  readonly chat: string;
  readonly participant: string | null;
  readonly whatsappIds: readonly string[];
}

export interface DueReadMarks {
  /** Names of the marks, until more is read of the same conversation. */
  readonly marks: readonly Pick<DueRow, 'conversationId' | 'messageId'>[];
  readonly receipts: readonly ReadReceipt[];
}

/** That the last `count` messages of a conversation were read. Returns the shard of its device; null: it tells nobody. */
export async function noteReadMark(
  tx: Transaction,
  conversation: Names,
  count: number,
): Promise<number | null> {
  if (count === 0) return null;
  const [row] = await NOTE.run(tx.em, [conversation.id, conversation.deviceId, count]);
  return row?.shard ?? null;
}

/** What a device has to tell next. */
export async function findDueReadMarks(em: EntityManager, deviceId: string): Promise<DueReadMarks> {
  const isAny = (await ANY_DUE.run(em, [deviceId])).length > 0;
  const rows = isAny ? await FIND_DUE.run(em, [deviceId]) : [];
  const receipts = rows.flatMap(({ wanted, chat, participant, whatsappIds }) => {
    if (!wanted || chat === null) return [];
    return [{ chat, participant: participant || null, whatsappIds: whatsappIds.filter((id) => id !== null) }];
  });
  return { marks: rows.map(({ conversationId, messageId }) => ({ conversationId, messageId })), receipts };
}

export async function removeReadMarks(em: EntityManager, marks: DueReadMarks['marks']): Promise<void> {
  const conversationIds = marks.map(({ conversationId }) => conversationId);
  const messageIds = marks.map(({ messageId }) => messageId);
  await REMOVE.run(em, [`{${conversationIds.join(',')}}`, `{${messageIds.join(',')}}`]);
}

/** Another conversation becomes part of this one. */
export async function moveReadMark(em: EntityManager, from: Names, into: Names): Promise<void> {
  await MOVE.run(em, [from.id, into.id]);
}

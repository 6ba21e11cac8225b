import { UnderscoreNamingStrategy } from '@mikro-orm/core';
import { GatheredQuestion } from '../../../platform/database/gathered-question.js';
import { PreparedStatement } from '../../../platform/database/prepared-statement.js';
import type { Transaction } from '../../../platform/database/transaction.js';
import { Message, MESSAGE_PROPERTIES } from '../message/message.entity.js';
import { WANTED } from './addressee.policy.js';
import type { ClaimedMessage } from './claimed-message.js';
import { ABOUT_RECIPIENT, canLeave } from './due-message.js';
import type { DueMessage } from './due-message.js';

const naming = new UnderscoreNamingStrategy();
const MESSAGE_COLUMNS = MESSAGE_PROPERTIES.map((property) => naming.propertyToColumnName(property));
const LOOKED_THROUGH = 30;

interface ClaimedRow extends Record<string, unknown> {
  readonly stranger: boolean;
  readonly first_contact: boolean;
}

const CLAIMED_COLUMNS = MESSAGE_COLUMNS.map((column) => `m.${column}`).join(', ');

/** What the statements below take by themselves; everything else is looked at one by one. */
function usualAt(now: string): string {
  return `(m.status = 'PENDING' and m.attempt_count = 0 and m.content is not null and ${WANTED}
           and (m.expires_at is null or m.expires_at > ${now}))`;
}

/**
 * `which` ends with `taken`: id, stranger and first_contact of locked messages. $1 belongs to it, $2 epoch, $3 when to look again, $4 now, $5
 * process.
 */
function claimStatement(name: string, which: string, condition = ''): PreparedStatement<ClaimedRow> {
  return new PreparedStatement(
    name,
    `with ${which}, claimed as (
       update message m set status = 'SENDING', claim_epoch = $2, attempt_count = attempt_count + 1, due_at = $3
       from taken where m.id = taken.id ${condition}
       returning ${CLAIMED_COLUMNS}, taken.stranger, taken.first_contact
     ), tried as (
       insert into message_attempt
         (message_id, number, agency_id, subaccount_id, device_id, epoch, node, outcome, alone, started_at)
       select id, attempt_count, agency_id, subaccount_id, device_id, $2, $5, 'IN_PROGRESS', false, $4 from claimed
     )
     select * from claimed order by priority, id`,
  );
}

const CLAIM = claimStatement(
  'claim_first_try',
  'taken as (select $1::uuid as id, $6::boolean as stranger, $7::boolean as first_contact)',
  `and ${usualAt('$4')}`,
);

/**
 * $6: so many at most. They are the first ones of one priority, each to somebody else, up to one that is not usual. Of new chats there is one: should
 * WhatsApp refuse it, no other must have been tried. What is looked through is bounded: of many messages for one recipient each would be
 * looked at each time. Step by step, since a condition that asks another table is repeated for each partition of the one it stands on.
 */
const CLAIM_NEXT = claimStatement(
  'claim_next_first_tries',
  `waiting as materialized (
     select m.id, m.conversation_id, m.priority, m.status, m.expires_at, m.content is not null as has_content
     from message m where m.device_id = $1 and m.due_at is not null and m.due_at <= $4
     order by m.priority, m.id limit ${LOOKED_THROUGH}
   ), foremost as (
     select distinct on (conversation_id, priority) * from waiting order by conversation_id, priority, id
   ), next as materialized (
     select m.id from foremost m where m.status in ('PENDING', 'SCHEDULED') and ${canLeave('$4', 'm.has_content')}
     order by m.priority, m.id limit $6
   ), due as (
     select m.id, m.priority, ${ABOUT_RECIPIENT}, ${usualAt('$4')} as usual
     from message m
     where m.id = any (array(select id from next)) and m.device_id = $1 and m.due_at is not null and m.due_at <= $4
       and m.status in ('PENDING', 'SCHEDULED')
     for update of m skip locked
   ), placed as (
     select due.*, row_number() over (order by priority, id) as place,
            count(*) filter (where first_contact) over (order by priority, id) as first_contacts,
            rank() over (order by priority) as rank
     from due
   ), taken as (
     select * from placed
     where place < coalesce((
       select min(place) from placed where not usual or rank > 1 or first_contacts > 1), $6 + 1)
   )`,
);

/** $1 messages, $2 numbers of their tries, $3 epochs and $4 times. */
const MARK_WRITTEN = new PreparedStatement<{ readonly id: string }>(
  'mark_messages_written',
  `with marked as (
     update message m set written = true
     from unnest($1::uuid[], $2::integer[], $3::bigint[], $4::timestamptz[]) as own (id, number, epoch, at)
     where m.id = own.id and m.status = 'SENDING' and m.claim_epoch = own.epoch
       and (m.expires_at is null or m.expires_at > own.at) and ${WANTED}
     returning m.id, own.number, own.at
   ), tried as (
     update message_attempt a set written_at = marked.at
     from marked where a.message_id = marked.id and a.number = marked.number
   )
   select id from marked`,
);

/** As above, $4 when they were acknowledged, $5 when that was heard, $6 devices, $7 now. */
const SETTLE_ACKED = new PreparedStatement<{
  readonly ids: readonly string[];
  readonly more: readonly string[];
}>(
  'settle_acked_messages',
  `with own as (
     select * from unnest($1::uuid[], $2::integer[], $3::bigint[], $4::timestamptz[], $5::timestamptz[])
       as own (id, number, epoch, acked_at, ended_at)
   ), tried as (
     update message_attempt a set outcome = 'ACKED', ended_at = own.ended_at
     from own where a.message_id = own.id and a.number = own.number
   ), settled as (
     update message m set status = 'SENT', sent_at = own.acked_at, due_at = null, outcome_unknown = false,
                          failure_code = null, failure_detail = null
     from own where m.id = own.id and m.status = 'SENDING' and m.claim_epoch = own.epoch
     returning m.id
   )
   select array(select id::text from settled) as ids,
          array(select d.id::text from unnest($6::uuid[]) as d (id) where exists (
            select from message m where m.device_id = d.id and m.due_at is not null and m.due_at <= $7)) as more`,
);

/** What names one try. */
export interface Try {
  readonly messageId: string;
  readonly number: number;
}

/** What came of settling. */
interface Settled {
  /** The messages that had not moved on meanwhile, maybe among others. */
  readonly ids: readonly string[];
  /** Whether the device has others that are due. */
  readonly hasMore: boolean;
}

/** Who claims, and when. */
export interface Claimer {
  readonly epoch: number;
  readonly node: string;
  readonly at: Date;
  readonly lookAgainAt: Date;
}

/**
 * The usual claim in one statement, of a message that the caller has locked. null: it is not a usual one (tried before, scheduled, expired,
 * without its content, or not wanted any more).
 */
export async function claimFirst(
  tx: Transaction,
  due: DueMessage,
  by: Claimer,
): Promise<ClaimedMessage | null> {
  const values = [due.id, by.epoch, by.lookAgainAt, by.at, by.node, due.stranger, due.firstContact];
  const [row] = await CLAIM.run(tx.em, values);
  return row === undefined ? null : claimedOf(tx, row);
}

/** As above, of the next messages that are due, each to somebody else. None: the next is not a usual one, or there is none. */
export async function claimNext(
  tx: Transaction,
  deviceId: string,
  by: Claimer,
  atMost: number,
): Promise<readonly ClaimedMessage[]> {
  const rows = await CLAIM_NEXT.run(tx.em, [deviceId, by.epoch, by.lookAgainAt, by.at, by.node, atMost]);
  return rows.map((row) => claimedOf(tx, row));
}

function claimedOf(tx: Transaction, row: ClaimedRow): ClaimedMessage {
  const { stranger, first_contact: firstContact, ...columns } = row;
  const message = tx.em.map(Message, columns);
  return { message, attempt: message.attemptCount, stranger, firstContact };
}

interface Marking {
  readonly tries: readonly Try[];
  readonly epoch: number;
  readonly at: Date;
}

const marked = new GatheredQuestion<Marking, ReadonlySet<string>>(async (em, markings) => {
  const own = markings.flatMap(({ tries, epoch, at }) => tries.map((each) => ({ ...each, epoch, at })));
  const rows = await MARK_WRITTEN.run(em, [...namesOf(own), own.map(({ at }) => at)]);
  const ids = new Set(rows.map(({ id }) => id));
  return markings.map(() => ids);
});

/** Returns the messages that may be written. */
export async function markTriesWritten(
  tx: Transaction,
  tries: readonly Try[],
  epoch: number,
  at: Date,
): Promise<ReadonlySet<string>> {
  return marked.of(tx.em, { tries, epoch, at });
}

interface Settling {
  readonly tries: readonly (Try & { readonly ackedAt: Date })[];
  readonly deviceId: string;
  readonly epoch: number;
  readonly endedAt: Date;
}

const settled = new GatheredQuestion<Settling, Settled>(async (em, settlings) => {
  const own = settlings.flatMap(({ tries, epoch, endedAt }) =>
    tries.map((each) => ({ ...each, epoch, endedAt })),
  );
  const devices = settlings.map(({ deviceId }) => deviceId);
  const now = settlings.at(-1)?.endedAt;
  const times = [own.map(({ ackedAt }) => ackedAt), own.map(({ endedAt }) => endedAt)];
  const [row] = await SETTLE_ACKED.run(em, [...namesOf(own), ...times, devices, now]);
  if (row === undefined) throw new Error('a select without rows');
  return settlings.map(({ deviceId }) => ({ ids: row.ids, hasMore: row.more.includes(deviceId) }));
});

/** Ends tries of a device that WhatsApp acknowledged; of messages that moved on meanwhile only the try. */
export async function settleAcked(
  tx: Transaction,
  tries: readonly (Try & { readonly ackedAt: Date })[],
  by: { readonly deviceId: string; readonly epoch: number; readonly endedAt: Date },
): Promise<Settled> {
  return settled.of(tx.em, { tries, ...by });
}

function namesOf(tries: readonly (Try & { readonly epoch: number })[]): unknown[] {
  return [
    tries.map(({ messageId }) => messageId),
    tries.map(({ number }) => number),
    tries.map(({ epoch }) => epoch),
  ];
}

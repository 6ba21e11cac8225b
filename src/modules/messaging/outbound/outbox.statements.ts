import { UnderscoreNamingStrategy } from '@mikro-orm/core';
import { PreparedStatement } from '../../../platform/database/prepared-statement.js';
import type { Transaction } from '../../../platform/database/transaction.js';
import { Message, MESSAGE_PROPERTIES } from '../message/message.entity.js';
import { WANTED } from './addressee.policy.js';
import { dueSelect } from './due-message.js';

const naming = new UnderscoreNamingStrategy();
const COLUMNS = MESSAGE_PROPERTIES.map((property) => naming.propertyToColumnName(property)).join(', ');

/** $1 device or message, $2 epoch, $3 when to look again, $4 now, $5 process. */
function claimStatement(name: string, which: string, more: string) {
  return new PreparedStatement<Record<string, unknown>>(
    name,
    `with due as (${which}), claimed as (
       update message m set status = 'SENDING', claim_epoch = $2, attempt_count = attempt_count + 1, due_at = $3
       where id = (select id from due) and status = 'PENDING' and attempt_count = 0 and content is not null
         and (expires_at is null or expires_at > $4) and ${WANTED}
       returning ${COLUMNS}
     ), tried as (
       insert into message_attempt
         (message_id, number, agency_id, subaccount_id, device_id, epoch, node, outcome, alone, started_at)
       select id, attempt_count, agency_id, subaccount_id, device_id, $2, $5, 'IN_PROGRESS', false, $4 from claimed
     )
     select ${COLUMNS}${more} from claimed`,
  );
}

const CLAIM = claimStatement('claim_first_try', 'select $1::uuid as id', '');
const CLAIM_NEXT = claimStatement(
  'claim_next_first_try',
  dueSelect('', '$4'),
  ', (select stranger from due) as stranger, (select first_contact from due) as first_contact',
);

const MARK_WRITTEN = new PreparedStatement<{ readonly id: string }>(
  'mark_message_written',
  `with marked as (
     update message m set written = true
     where id = $1 and status = 'SENDING' and claim_epoch = $2 and (expires_at is null or expires_at > $3)
       and ${WANTED}
     returning id
   ), tried as (
     update message_attempt set written_at = $3
     where message_id = $1 and number = $4 and exists (select from marked)
   )
   select id from marked`,
);

const SETTLE_ACKED = new PreparedStatement<{ readonly id: string }>(
  'settle_acked_message',
  `with tried as (
     update message_attempt set outcome = 'ACKED', ended_at = $5 where message_id = $1 and number = $2
   )
   update message set status = 'SENT', sent_at = $4, due_at = null, outcome_unknown = false,
                      failure_code = null, failure_detail = null
   where id = $1 and status = 'SENDING' and claim_epoch = $3
   returning id`,
);

/** What names one try. */
export interface Try {
  readonly messageId: string;
  readonly number: number;
  readonly epoch: number;
}

/**
 * The usual claim in one statement, of a message that the caller has locked. null: it is not a usual one (tried before, scheduled, expired,
 * without its content, or not wanted any more).
 */
export async function claimFirst(
  tx: Transaction,
  messageId: string,
  by: { readonly epoch: number; readonly node: string; readonly at: Date; readonly lookAgainAt: Date },
): Promise<Message | null> {
  const [row] = await CLAIM.run(tx.em, [messageId, by.epoch, by.lookAgainAt, by.at, by.node]);
  return row === undefined ? null : tx.em.map(Message, row);
}

/** As above, of the next message that is due. null: that is not a usual one, or there is none. */
export async function claimNext(
  tx: Transaction,
  deviceId: string,
  by: Parameters<typeof claimFirst>[2],
): Promise<{ readonly message: Message; readonly stranger: boolean; readonly firstContact: boolean } | null> {
  const [row] = await CLAIM_NEXT.run(tx.em, [deviceId, by.epoch, by.lookAgainAt, by.at, by.node]);
  if (row === undefined) return null;
  const { stranger, first_contact: firstContact, ...message } = row;
  return {
    message: tx.em.map(Message, message),
    stranger: stranger === true,
    firstContact: firstContact === true,
  };
}

/** False when the message may not be written any more. */
export async function markTryWritten(
  tx: Transaction,
  { messageId, number, epoch }: Try,
  at: Date,
): Promise<boolean> {
  return (await MARK_WRITTEN.run(tx.em, [messageId, epoch, at, number])).length === 1;
}

/** Ends a try that WhatsApp acknowledged. False when the message has moved on meanwhile: only the try is ended then. */
export async function settleAcked(
  tx: Transaction,
  { messageId, number, epoch }: Try,
  times: { readonly ackedAt: Date; readonly endedAt: Date },
): Promise<boolean> {
  const values = [messageId, number, epoch, times.ackedAt, times.endedAt];
  return (await SETTLE_ACKED.run(tx.em, values)).length === 1;
}

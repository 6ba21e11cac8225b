import type { ExpressionBuilder } from 'kysely';
import type { Transaction } from '../../../platform/database/transaction.js';
import type { MessagingTables } from '../messaging.tables.js';
import type { Strangers } from './pacing/pace.js';

export interface DueMessage {
  readonly id: string;
  readonly scheduled: boolean;
  /** The recipient never wrote to this number. */
  readonly stranger: boolean;
  /** And this number never wrote to the recipient. */
  readonly firstContact: boolean;
}

export interface DueOptions {
  /** Only of this rank or below it. */
  readonly from?: number;
  /** Passes over first messages that must wait. */
  readonly without?: Strangers;
}

/**
 * The next due message whose recipient has no earlier one of the same priority in the outbox and whose content, or fetched file, is
 * there. What is scheduled for later holds nothing back.
 */
export async function findDue(
  tx: Transaction,
  deviceId: string,
  now: Date,
  { from, without }: DueOptions = {},
): Promise<DueMessage | null> {
  const row = await tx.em
    .getKysely<MessagingTables>()
    .selectFrom('message as m')
    .select((eb) => [
      'm.id',
      eb('m.status', '=', 'SCHEDULED').as('scheduled'),
      isTo(eb, 'STRANGERS').as('stranger'),
      isTo(eb, 'FIRST_CONTACTS').as('firstContact'),
    ])
    .where('m.device_id', '=', deviceId)
    .where('m.due_at', '<=', now)
    .where('m.status', 'in', ['PENDING', 'SCHEDULED'])
    .$if(from !== undefined, (query) => query.where('m.priority', '>=', from ?? 0))
    .$if(without !== undefined, (query) => query.where((eb) => eb.not(isTo(eb, without ?? 'STRANGERS'))))
    // What has expired need not wait for its file.
    .where((eb) => eb.or([eb('m.content', 'is not', null), eb('m.expires_at', '<=', now), hasFile(eb)]))
    .where((eb) => eb.not(isBehindEarlier(eb, now)))
    .orderBy('m.priority')
    .orderBy('m.id')
    .limit(1)
    .forUpdate()
    .skipLocked()
    .executeTakeFirst();
  return row === undefined ? null : { id: row.id, ...flagsOf(row) };
}

type OfMessage = ExpressionBuilder<MessagingTables & { m: MessagingTables['message'] }, 'm'>;

function isTo(eb: OfMessage, who: Strangers) {
  return eb.exists(
    eb
      .selectFrom('conversation as c')
      .select('c.id')
      .whereRef('c.id', '=', 'm.conversation_id')
      .where('c.first_inbound_at', 'is', null)
      .$if(who === 'FIRST_CONTACTS', (query) => query.where('c.reached_out_at', 'is', null)),
  );
}

function hasFile(eb: OfMessage) {
  return eb.exists(
    eb
      .selectFrom('message_media as file')
      .select('file.message_id')
      .whereRef('file.message_id', '=', 'm.id')
      .where('file.state', '=', 'AVAILABLE'),
  );
}

function isBehindEarlier(eb: OfMessage, now: Date) {
  return eb.exists(
    eb
      .selectFrom('message as earlier')
      .select('earlier.id')
      .whereRef('earlier.conversation_id', '=', 'm.conversation_id')
      .whereRef('earlier.priority', '=', 'm.priority')
      .whereRef('earlier.id', '<', 'm.id')
      .where('earlier.due_at', 'is not', null)
      .where((or) => or.or([or('earlier.status', '!=', 'SCHEDULED'), or('earlier.due_at', '<=', now)])),
  );
}

/** Kysely types an EXISTS as whatever a driver may make of it. */
function flagsOf(row: Record<'scheduled' | 'stranger' | 'firstContact', unknown>) {
  return {
    scheduled: row.scheduled === true,
    stranger: row.stranger === true,
    firstContact: row.firstContact === true,
  };
}

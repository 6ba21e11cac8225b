import { LockMode } from '@mikro-orm/core';
import type { Selectable } from 'kysely';
import type { Database } from '../../../platform/database/database.js';
import type { Transaction } from '../../../platform/database/transaction.js';
import type { ReceiptUpdate, SessionObserver } from '../../../whatsapp/index.js';
import { assumeReachoutLock } from '../../device/index.js';
import type { LiveSession } from '../../device/index.js';
import { Message } from '../message/message.entity.js';
import { recordMove } from '../message/message.transition.js';
import { canMove } from '../message/message.status.js';
import type { MessageStatus, ProvenStatus } from '../message/message.status.js';
import type { MessagingTables } from '../messaging.tables.js';
import { REACHOUT_LOCK, refusal } from './settlement.js';

type MovedRow = Pick<
  Selectable<MessagingTables['message']>,
  | 'id'
  | 'agency_id'
  | 'subaccount_id'
  | 'device_id'
  | 'conversation_id'
  | 'written'
  | 'quota_pool'
  | 'quota_grant_id'
>;

type LateAck = Parameters<SessionObserver['onLateAck']>[0];

/** What a receipt proves about the time of each step: it also stands for the steps below it. */
const PROVES: Readonly<
  Record<ProvenStatus, readonly ('sent_at' | 'delivered_at' | 'read_at' | 'played_at')[]>
> = {
  SENT: ['sent_at'],
  DELIVERED: ['sent_at', 'delivered_at'],
  READ: ['sent_at', 'delivered_at', 'read_at'],
  PLAYED: ['sent_at', 'delivered_at', 'read_at', 'played_at'],
};

/**
 * Lets messages move forward by what WhatsApp proves. The outcome does not depend on the order in which proofs arrive: the status is the
 * highest proven one, each time the earliest that stands for its step.
 */
export class ReceiptService {
  readonly #database: Database;

  constructor(options: { readonly database: Database }) {
    this.#database = options.database;
  }

  async apply(live: LiveSession, receipt: ReceiptUpdate): Promise<void> {
    await this.#database.write(live.ctx, async (tx) => {
      await live.assertOwned(tx);
      const ids = await findMessageIds(tx, live.device.id, receipt.whatsappIds);
      await prove(tx, ids, receipt.kind, receipt.at);
    });
  }

  /** The ack of a message whose sender had stopped waiting. */
  async applyLateAck(live: LiveSession, ack: LateAck): Promise<void> {
    await this.#database.write(live.ctx, async (tx) => {
      await live.assertOwned(tx);
      const ids = await findMessageIds(tx, live.device.id, [ack.whatsappId]);
      if (ack.errorCode === null) await prove(tx, ids, 'SENT', ack.at);
      else await refuse(tx, ids, ack.errorCode);
      if (ack.errorCode === REACHOUT_LOCK) await assumeReachoutLock(tx, live.device.id, ack.at);
    });
  }
}

async function findMessageIds(
  tx: Transaction,
  deviceId: string,
  whatsappIds: readonly string[],
): Promise<readonly string[]> {
  if (whatsappIds.length === 0) return [];
  const rows = await tx.em
    .getKysely<MessagingTables>()
    .selectFrom('message_key')
    .select('message_id')
    .where('device_id', '=', deviceId)
    .where('direction', '=', 'OUTBOUND')
    .where('whatsapp_id', 'in', [...whatsappIds])
    .execute();
  return rows.map((row) => row.message_id);
}

/** Raises messages to a proven status, and fills in or corrects the times. */
export async function prove(
  tx: Transaction,
  messageIds: readonly string[],
  status: ProvenStatus,
  at: Date,
): Promise<void> {
  if (messageIds.length === 0) return;
  const db = tx.em.getKysely<MessagingTables>();
  // In one order, so that two receipts for the same messages cannot block each other.
  const rows = await db
    .selectFrom('message')
    .select(['id', 'agency_id', 'subaccount_id', 'device_id', 'conversation_id', 'status', 'written'])
    .select(['quota_pool', 'quota_grant_id'])
    .where('id', 'in', [...messageIds])
    .orderBy('id')
    .forUpdate()
    .execute();
  if (rows.length === 0) return;
  const raised = rows.filter((row) => canMove(row.status as MessageStatus, status));
  if (raised.length > 0) {
    await db
      .updateTable('message')
      .set({ status, due_at: null, outcome_unknown: false, failure_code: null, failure_detail: null })
      .where(
        'id',
        'in',
        raised.map((row) => row.id),
      )
      .execute();
  }
  await db
    .updateTable('message')
    .set((eb) =>
      Object.fromEntries(PROVES[status].map((column) => [column, eb.fn('least', [column, eb.val(at)])])),
    )
    .where(
      'id',
      'in',
      rows.map((row) => row.id),
    )
    .execute();
  for (const row of raised) {
    await recordMove(tx, movedMessage(row, status), row.status as MessageStatus);
  }
}

function movedMessage(row: MovedRow, status: ProvenStatus) {
  return {
    id: row.id,
    agencyId: row.agency_id,
    subaccountId: row.subaccount_id,
    deviceId: row.device_id,
    conversationId: row.conversation_id,
    written: row.written,
    quotaPool: row.quota_pool,
    quotaGrantId: row.quota_grant_id,
    status,
  };
}

async function refuse(tx: Transaction, messageIds: readonly string[], code: number): Promise<void> {
  const { code: failureCode, detail } = refusal(code);
  const messages = await tx.em.find(
    Message,
    { id: { $in: [...messageIds] } },
    { lockMode: LockMode.PESSIMISTIC_WRITE },
  );
  for (const message of messages) {
    // While the drain has it in hand, the drain gets the answer.
    if (message.status === 'SENDING' || !canMove(message.status, 'FAILED')) continue;
    const previous = message.status;
    message.outcomeUnknown = false;
    message.fail(failureCode, detail);
    await recordMove(tx, message, previous);
  }
}

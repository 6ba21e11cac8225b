import { LockMode } from '@mikro-orm/core';
import type { Database } from '../../../platform/database/database.js';
import { PreparedStatement } from '../../../platform/database/prepared-statement.js';
import type { Transaction } from '../../../platform/database/transaction.js';
import type { ReceiptUpdate, SessionObserver } from '../../../whatsapp/index.js';
import { assumeReachoutLock, whileOwned } from '../../device/index.js';
import type { LiveSession } from '../../device/index.js';
import { Message } from '../message/message.entity.js';
import { prove, proveReceipts } from '../message/message.proof.js';
import { canMove } from '../message/message.status.js';
import { recordMove } from '../message/message.transition.js';
import { REACHOUT_LOCK, refusal } from './settlement.js';

/** Lower ones first: each is told of its own. */
const RECEIPT_KINDS = ['DELIVERED', 'READ', 'PLAYED'] as const satisfies readonly ReceiptUpdate['kind'][];

type LateAck = Parameters<SessionObserver['onLateAck']>[0];

/**
 * Lets messages move forward by what WhatsApp proves. The outcome does not depend on the order in which proofs arrive: the status is the
 * highest proven one, each time the earliest that stands for its step.
 */
export class ReceiptService {
  readonly #database: Database;

  constructor(options: { readonly database: Database }) {
    this.#database = options.database;
  }

  async apply(live: LiveSession, receipts: readonly ReceiptUpdate[]): Promise<void> {
    const prove = async (tx: Transaction): Promise<void> => {
      for (const kind of RECEIPT_KINDS) {
        const proofs = receipts
          .filter((receipt) => receipt.kind === kind)
          .flatMap(({ whatsappIds, at }) => whatsappIds.map((whatsappId) => ({ whatsappId, at })));
        await proveReceipts(tx, live.device.id, kind, proofs);
      }
    };
    await this.#database.share(live.ctx, (tx) => whileOwned(live, tx, () => prove(tx)));
  }

  /** The ack of a message whose sender had stopped waiting. */
  async applyLateAck(live: LiveSession, ack: LateAck): Promise<void> {
    await this.#database.write(live.ctx, async (tx) => {
      await live.assertOwned(tx);
      const ids = await findMessageIds(tx, live.device.id, ack.whatsappId);
      if (ack.errorCode !== null) await refuse(tx, ids, ack.errorCode);
      else
        await prove(
          tx,
          'SENT',
          ids.map((messageId) => ({ messageId, at: ack.at })),
        );
      if (ack.errorCode === REACHOUT_LOCK) await assumeReachoutLock(tx, live.device.id, ack.at);
    });
  }
}

const FIND_SENT = new PreparedStatement<{ readonly message_id: string }>(
  'find_sent_messages',
  `select message_id from message_key where device_id = $1 and direction = 'OUTBOUND' and whatsapp_id = $2`,
);

async function findMessageIds(
  tx: Transaction,
  deviceId: string,
  whatsappId: string,
): Promise<readonly string[]> {
  return (await FIND_SENT.run(tx.em, [deviceId, whatsappId])).map((row) => row.message_id);
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

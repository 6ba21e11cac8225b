import type { Transaction } from '../../../platform/database/transaction.js';
import { commitCharge, refundCharge } from '../../billing/index.js';
import type { ChargedMessage } from '../../billing/index.js';
import { takeEffect } from '../action/action.effect.js';
import { messageStatusChanged } from '../messaging.events.js';
import type { MovedMessage } from '../messaging.events.js';
import { ENDED_UNSENT } from './message.status.js';
import type { MessageStatus } from './message.status.js';

const REACHED_WHATSAPP: readonly MessageStatus[] = ['SENT', 'DELIVERED', 'READ', 'PLAYED'];

/**
 * Tells the event log of a message that moved on, and settles what it was charged: spent once it reached WhatsApp, given back when it
 * ended and was never written. What was written and ended unsent is spent: the recipient may have it. What it does to another message
 * happens once WhatsApp has it. The row must be locked.
 */
export async function recordMove(
  tx: Transaction,
  message: MovedMessage & ChargedMessage & { readonly written: boolean },
  previous: MessageStatus,
): Promise<void> {
  tx.append(messageStatusChanged(message, previous));
  if (ENDED_UNSENT.includes(message.status)) {
    await (message.written ? commitCharge(tx, message) : refundCharge(tx, message));
  } else if (REACHED_WHATSAPP.includes(message.status) && !REACHED_WHATSAPP.includes(previous)) {
    await commitCharge(tx, message);
    await takeEffect(tx, message);
  }
}

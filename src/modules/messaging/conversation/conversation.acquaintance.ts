import type { Transaction } from '../../../platform/database/transaction.js';
import type { Direction } from '../message/message.kind.js';
import type { MessagingTables } from '../messaging.tables.js';
import type { Conversation } from './conversation.entity.js';

const COLUMN = { INBOUND: 'first_inbound_at', OUTBOUND: 'reached_out_at' } as const;

/**
 * Notes who wrote first to whom, once: somebody who has written is no stranger to the number, and a chat that the owner began on the
 * phone counts as one that this number began.
 */
export async function noteAcquaintance(
  tx: Transaction,
  observed: {
    /** As it was before the message. */
    readonly conversation: Conversation | null;
    readonly conversationId: string;
    readonly direction: Direction;
    readonly at: Date;
  },
): Promise<void> {
  const { conversation, conversationId, direction, at } = observed;
  const known =
    conversation?.firstInboundAt != null || (direction === 'OUTBOUND' && conversation?.reachedOutAt != null);
  if (!known) await note(tx, conversationId, COLUMN[direction], at);
}

/** A first message to a stranger is about to be written. */
export async function noteReachOut(tx: Transaction, conversationId: string, at: Date): Promise<void> {
  await note(tx, conversationId, 'reached_out_at', at);
}

async function note(
  tx: Transaction,
  conversationId: string,
  column: 'first_inbound_at' | 'reached_out_at',
  at: Date,
): Promise<void> {
  await tx.em
    .getKysely<MessagingTables>()
    .updateTable('conversation')
    .set({ [column]: at })
    .where('id', '=', conversationId)
    .where(column, 'is', null)
    .execute();
}

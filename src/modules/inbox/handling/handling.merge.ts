import type { Transaction } from '../../../platform/database/transaction.js';
import type { Conversation, ConversationReferences } from '../../messaging/index.js';
import { ConversationHandling } from './handling.entity.js';

/** Another conversation becomes part of one: of two handlings that are open, the person waits since the earlier one. */
export class HandlingMerge implements ConversationReferences {
  async moveConversation(tx: Transaction, from: Conversation, into: Conversation): Promise<void> {
    const handlings = await tx.em.find(ConversationHandling, { conversationId: { $in: [from.id, into.id] } });
    const [first, ...others] = handlings
      .filter(({ closedAt }) => closedAt == null)
      .sort((a, b) => a.openedAt.getTime() - b.openedAt.getTime());
    for (const other of others) {
      if (other.firstResponseAt != null) first?.answer(other.firstResponseAt, other.responderId ?? null);
      tx.em.remove(other);
    }
    await tx.em.flush();
    for (const handling of handlings) if (!others.includes(handling)) handling.conversationId = into.id;
    await tx.em.flush();
  }
}

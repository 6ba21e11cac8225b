import { LockMode } from '@mikro-orm/core';
import type { Transaction } from '../../../platform/database/transaction.js';
import type { Contact, ContactReferences } from '../../contact/index.js';
import type { MessagingTables } from '../messaging.tables.js';
import { Conversation } from './conversation.entity.js';
import { conversationChanged } from './conversation.events.js';
import { moveLabels } from './conversation.labels.js';
import { moveUnread } from './conversation.unread.js';
import { moveReadMark } from '../reading/read-marks.js';
import { moveNotes } from '../note/mentions.js';

/** Implemented by whoever keeps rows that name a conversation: moves them before the conversation is removed. */
export interface ConversationReferences {
  moveConversation(tx: Transaction, from: Conversation, into: Conversation): Promise<void>;
}

/**
 * Two contacts turned out to be one person. A conversation moves to the contact that stays; where that contact has one with the same
 * device already, the messages move into it and the emptied one goes.
 */
export class ConversationMerge implements ContactReferences {
  readonly #references: readonly ConversationReferences[];

  constructor(references: readonly ConversationReferences[] = []) {
    this.#references = references;
  }

  async moveContact(tx: Transaction, from: Contact, into: Contact): Promise<void> {
    // Messages that were applied before in this transaction changed the rows by statements.
    const options = { refresh: true, lockMode: LockMode.PESSIMISTIC_WRITE } as const;
    const moving = await tx.em.find(Conversation, { contactId: from.id }, options);
    for (const conversation of moving) {
      const { deviceId } = conversation;
      const existing = await tx.em.findOne(Conversation, { contactId: into.id, deviceId }, options);
      if (existing === null) conversation.contactId = into.id;
      else await this.#empty(tx, conversation, existing);
      await tx.em.flush();
    }
  }

  async #empty(tx: Transaction, from: Conversation, into: Conversation): Promise<void> {
    await this.#moveMessages(tx, from, into);
    await moveLabels(tx.em, from, into);
    await moveUnread(tx.em, from, into);
    await moveReadMark(tx.em, from, into);
    await moveNotes(tx.em, from.id, into.id);
    for (const references of this.#references) await references.moveConversation(tx, from, into);
    into.absorb(from);
    tx.em.remove(from);
    tx.append(conversationChanged(into, ['MERGED'], { mergedConversationId: from.id }));
  }

  async #moveMessages(tx: Transaction, from: Conversation, into: Conversation): Promise<void> {
    const db = tx.em.getKysely<MessagingTables>();
    await db
      .updateTable('message')
      .set({ conversation_id: into.id })
      .where('conversation_id', '=', from.id)
      .execute();
    await this.#moveKeys(tx, from, into);
  }

  /** A message that came under both names has its key in both conversations: the one that stays keeps it. */
  async #moveKeys(tx: Transaction, from: Conversation, into: Conversation): Promise<void> {
    const db = tx.em.getKysely<MessagingTables>();
    await db
      .deleteFrom('message_key as double')
      .where('device_id', '=', from.deviceId)
      .where('conversation_id', '=', from.id)
      .where((eb) =>
        eb.exists(
          eb
            .selectFrom('message_key as kept')
            .select('kept.message_id')
            .whereRef('kept.device_id', '=', 'double.device_id')
            .whereRef('kept.whatsapp_id', '=', 'double.whatsapp_id')
            .whereRef('kept.direction', '=', 'double.direction')
            .where('kept.conversation_id', '=', into.id),
        ),
      )
      .execute();
    await db
      .updateTable('message_key')
      .set({ conversation_id: into.id })
      .where('device_id', '=', from.deviceId)
      .where('conversation_id', '=', from.id)
      .execute();
  }
}

import { LockMode } from '@mikro-orm/core';
import { PreparedStatement } from '../../../platform/database/prepared-statement.js';
import type { Transaction } from '../../../platform/database/transaction.js';
import { Contact } from '../../contact/index.js';
import type { ContactWishes } from '../../contact/index.js';
import { Conversation } from '../conversation/conversation.entity.js';
import { Message } from '../message/message.entity.js';
import { recordMove } from '../message/message.transition.js';
import { refusalOf } from './addressee.policy.js';
import type { Refusal } from './addressee.policy.js';

/** Of one contact. What is left is ended when its turn comes. */
const AT_ONCE = 500;

const FIND_WAITING = new PreparedStatement<{ readonly id: string }>(
  'find_messages_waiting_for_contact',
  `select m.id from conversation c join message m on m.conversation_id = c.id
   where c.contact_id = $1 and m.due_at is not null and m.direction = 'OUTBOUND' and m.status in ('SCHEDULED', 'PENDING')
   order by m.id limit ${AT_ONCE}`,
);

/**
 * Ends what waits for somebody who wants it no longer, also what a drain is just looking at: the drain may find that it has to wait, and
 * looks again when its time comes. What a drain has taken is left to it: it asks again before the wire.
 */
export class UnwantedMessages implements ContactWishes {
  async respect(tx: Transaction, contact: Contact): Promise<void> {
    const found = await FIND_WAITING.run(tx.em, [contact.id]);
    if (found.length === 0) return;
    const waiting = await tx.em.find(
      Message,
      { id: { $in: found.map(({ id }) => id) }, status: { $in: ['SCHEDULED', 'PENDING'] } },
      { orderBy: { id: 'asc' }, lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true },
    );
    for (const message of waiting) {
      const refusal = refusalOf(contact, message.origin ?? null);
      if (refusal !== null) await refuse(tx, message, refusal);
    }
  }
}

/** Ends a locked message that its recipient does not want any more. Returns whether that is so. */
export async function endUnwanted(tx: Transaction, message: Message): Promise<boolean> {
  const { contactId } = await tx.em.findOneOrFail(Conversation, { id: message.conversationId });
  const contact = contactId == null ? null : await tx.em.findOne(Contact, { id: contactId });
  const refusal = contact === null ? null : refusalOf(contact, message.origin ?? null);
  if (refusal !== null) await refuse(tx, message, refusal);
  return refusal !== null;
}

async function refuse(tx: Transaction, message: Message, refusal: Refusal): Promise<void> {
  const previous = message.status;
  message.fail(refusal, null);
  await recordMove(tx, message, previous);
}

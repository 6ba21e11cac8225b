import { LockMode } from '@mikro-orm/core';
import { PreparedStatement } from '../../../platform/database/prepared-statement.js';
import type { Transaction } from '../../../platform/database/transaction.js';
import type { InboundContent, InboxEntry } from '../../../whatsapp/index.js';
import type { Conversation } from '../conversation/conversation.entity.js';
import { Media } from '../media/media.entity.js';
import { storable } from '../message/message.content.js';
import { Message } from '../message/message.entity.js';
import type { Direction } from '../message/message.kind.js';
import { messageUpdated } from '../messaging.events.js';

/** Deletes a stored file. */
export type MediaRemover = (storageKey: string) => Promise<void>;

/** Something that an author did to a message of an existing conversation. */
interface Change<K extends 'EDIT' | 'REVOKE' = 'EDIT' | 'REVOKE'> {
  readonly conversation: Conversation | null;
  readonly entry: InboxEntry;
  readonly author: string | null;
  readonly meaning: Extract<InboundContent, { kind: K }>;
}

const FIND_KEY = new PreparedStatement<{ readonly message_id: string }>(
  'find_message_key',
  `select message_id from message_key
   where device_id = $1 and whatsapp_id = $2 and direction = $3 and conversation_id = $4`,
);

/** Locked, with its sealed content left where it is. */
export async function findMessage(
  tx: Transaction,
  conversation: Conversation | null,
  whatsappId: string,
  direction: Direction,
): Promise<Message | null> {
  if (conversation === null) return null;
  const [row] = await FIND_KEY.run(tx.em, [conversation.deviceId, whatsappId, direction, conversation.id]);
  if (row === undefined) return null;
  return tx.em.findOne(Message, { id: row.message_id }, { lockMode: LockMode.PESSIMISTIC_WRITE });
}

/** Returns false when we do not have the message that it changes. */
export async function applyEdit(tx: Transaction, change: Change<'EDIT'>): Promise<boolean> {
  const message = await findOwn(tx, change);
  if (message === null) return false;
  const { sentAt } = change.entry.envelope;
  if (message.deletedAt != null || (message.editedAt instanceof Date && message.editedAt >= sentAt))
    return true;
  message.edit(storable(change.meaning.text), sentAt);
  tx.append(messageUpdated(message, 'EDITED'));
  return true;
}

/** Honoured: text, content and file go. A group's administrators are not known to us, so only the author's word counts. */
export async function applyRevoke(
  tx: Transaction,
  change: Change<'REVOKE'> & { readonly remove: MediaRemover },
): Promise<void> {
  const message = await findOwn(tx, change);
  if (message === null || message.deletedAt != null) return;
  message.erase(change.entry.envelope.sentAt);
  const media = await tx.em.findOne(Media, { messageId: message.id });
  if (media !== null) {
    const { storageKey } = media;
    tx.em.remove(media);
    if (storageKey != null) tx.afterCommit(() => change.remove(storageKey));
  }
  tx.append(messageUpdated(message, 'DELETED'));
}

/** Only what the same author wrote in the same conversation. */
async function findOwn(
  tx: Transaction,
  change: Change | Change<'EDIT'> | Change<'REVOKE'>,
): Promise<Message | null> {
  const { conversation, entry, author, meaning } = change;
  const direction = entry.fromMe ? 'OUTBOUND' : 'INBOUND';
  const message = await findMessage(tx, conversation, meaning.targetWhatsappId, direction);
  return message !== null && (message.sender ?? null) === author ? message : null;
}

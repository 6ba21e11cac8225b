import type { EntityManager } from '@mikro-orm/postgresql';
import type { StoredEvent } from '../../kernel/events.js';
import { Contact, findLids } from '../contact/index.js';
import { Device } from '../device/index.js';
import { Conversation } from './conversation/conversation.entity.js';
import { Media } from './media/media.entity.js';
import { Message } from './message/message.entity.js';

/** What an event is about, as it is when the event is read. */
export interface Subject {
  readonly device: Device | null;
  readonly conversation: Conversation | null;
  readonly contact: Contact | null;
  /** The contact's WhatsApp id that is no number. */
  readonly lid: string | null;
  readonly message: Message | null;
  readonly media: Media | null;
}

export type SubjectOf = (event: StoredEvent) => Subject;

/** Loads what a batch of events is about: one statement for each kind of object, however many events. */
export async function loadSubjects(em: EntityManager, events: readonly StoredEvent[]): Promise<SubjectOf> {
  const messages = byId(await em.find(Message, { id: { $in: idsIn(events, 'messageId') } }));
  const media = new Map(
    (await em.find(Media, { messageId: { $in: [...messages.keys()] } })).map((each) => [
      each.messageId,
      each,
    ]),
  );
  const conversationIds = idsIn(events, 'conversationId');
  for (const { conversationId } of messages.values()) conversationIds.push(conversationId);
  const conversations = byId(await em.find(Conversation, { id: { $in: conversationIds } }));
  const contactIds = idsIn(events, 'contactId');
  for (const { contactId } of conversations.values()) if (contactId != null) contactIds.push(contactId);
  const contacts = byId(await em.find(Contact, { id: { $in: contactIds } }));
  const lids = await findLids(em, [...contacts.keys()]);
  const devices = byId(await em.find(Device, { id: { $in: idsIn(events, 'deviceId') } }));
  return ({ payload }) => {
    const message = messages.get(idIn(payload, 'messageId')) ?? null;
    const conversation =
      conversations.get(message?.conversationId ?? idIn(payload, 'conversationId')) ?? null;
    const contact = contacts.get(conversation?.contactId ?? idIn(payload, 'contactId')) ?? null;
    return {
      message,
      conversation,
      contact,
      media: media.get(message?.id ?? '') ?? null,
      lid: lids.get(contact?.id ?? '') ?? null,
      device: devices.get(idIn(payload, 'deviceId')) ?? null,
    };
  };
}

function byId<T extends { readonly id: string }>(rows: readonly T[]): Map<string, T> {
  return new Map(rows.map((row) => [row.id, row]));
}

function idsIn(events: readonly StoredEvent[], name: string): string[] {
  return [...new Set(events.map(({ payload }) => idIn(payload, name)))].filter((id) => id !== '');
}

export function idIn(payload: StoredEvent['payload'], name: string): string {
  const id = payload[name];
  return typeof id === 'string' ? id : '';
}

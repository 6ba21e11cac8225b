import type { NewEvent } from '../../kernel/events.js';
import type { Contact } from './contact.entity.js';

export function contactCreated(contact: Contact): NewEvent {
  return {
    topic: 'contact.created',
    subaccountId: contact.subaccountId,
    payload: { contactId: contact.id },
  };
}

/** `mergedContactId`: that contact turned out to be the same person and is gone. */
export function contactUpdated(contact: Contact, mergedContactId: string | null = null): NewEvent {
  return {
    topic: 'contact.updated',
    subaccountId: contact.subaccountId,
    payload: { contactId: contact.id, ...(mergedContactId === null ? {} : { mergedContactId }) },
  };
}

import type { NewEvent } from '../../kernel/events.js';
import type { Contact } from './contact.entity.js';

export const CONTACT_TOPICS = [
  'contact.created',
  'contact.updated',
  'contact.tag_added',
  'contact.tag_removed',
  'contact.opted_out',
  'contact.opted_in',
  'contact.blocked',
  'contact.unblocked',
  'contact.merged',
  'contact.deleted',
] as const;
export type ContactTopic = (typeof CONTACT_TOPICS)[number];

type Named = Pick<Contact, 'id' | 'subaccountId'>;

export function contactChanged(
  topic: ContactTopic,
  { id, subaccountId }: Named,
  more: Readonly<Record<string, unknown>> = {},
): NewEvent {
  return { topic, subaccountId, payload: { contactId: id, ...more } };
}

export function contactCreated(contact: Named): NewEvent {
  return contactChanged('contact.created', contact);
}

/** `changed` names what, where people changed it. */
export function contactUpdated(contact: Named, changed: readonly string[] = []): NewEvent {
  return contactChanged('contact.updated', contact, changed.length === 0 ? {} : { changed });
}

/** What proved two contacts to be one person. */
export type MergeCause = 'WHATSAPP' | 'PERSON';

/** `mergedContactId` is gone: whatever it had belongs to the other now. */
export function contactMerged(contact: Named, mergedContactId: string, cause: MergeCause): NewEvent {
  return contactChanged('contact.merged', contact, { mergedContactId, cause });
}

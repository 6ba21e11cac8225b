import { newId } from '../../../kernel/ids.js';
import { p, tenantEntity } from '../../../platform/database/tenant-entity.js';
import type { Contact } from '../contact.entity.js';

const ContactNoteSchema = tenantEntity({
  name: 'ContactNote',
  tableName: 'contact_note',
  properties: {
    contactId: p.uuid(),
    // A user; null: a key.
    authorId: p.uuid().nullable(),
    body: p.text(),
    createdAt: p.datetime(),
    updatedAt: p.datetime(),
  },
});

/** What somebody wrote down about a contact, for colleagues. */
export class ContactNote extends ContactNoteSchema.class {
  static create(contact: Contact, facts: Pick<ContactNote, 'authorId' | 'body'>, at: Date): ContactNote {
    const { agencyId, subaccountId, id: contactId } = contact;
    return Object.assign(new ContactNote(), facts, {
      id: newId(),
      agencyId,
      subaccountId,
      contactId,
      createdAt: at,
      updatedAt: at,
    });
  }
}

ContactNoteSchema.setClass(ContactNote);

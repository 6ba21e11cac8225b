import { newId } from '../../../kernel/ids.js';
import { p, tenantEntity } from '../../../platform/database/tenant-entity.js';
import type { Contact } from '../contact.entity.js';
import type { MergeCause } from '../contact.events.js';

const ContactMergeSchema = tenantEntity({
  name: 'ContactMerge',
  tableName: 'contact_merge',
  properties: {
    contactId: p.uuid(),
    mergedContactId: p.uuid(),
    mergedName: p.text().nullable(),
    mergedPhoneNumber: p.text().nullable(),
    cause: p.text().$type<MergeCause>(),
    // A user; null: WhatsApp told it, or a key did it.
    mergedBy: p.uuid().nullable(),
    mergedAt: p.datetime(),
  },
});

/** A contact that became part of another one, and what it was called: its id still leads to the person. */
export class ContactMerge extends ContactMergeSchema.class {
  static of(
    { into, from }: { readonly into: Contact; readonly from: Contact },
    { cause, by, at }: { readonly cause: MergeCause; readonly by: string | null; readonly at: Date },
  ): ContactMerge {
    const { agencyId, subaccountId, id: contactId } = into;
    return Object.assign(new ContactMerge(), {
      id: newId(),
      agencyId,
      subaccountId,
      contactId,
      mergedContactId: from.id,
      mergedName: from.name ?? from.pushName ?? null,
      mergedPhoneNumber: from.phoneNumber ?? null,
      cause,
      mergedBy: by,
      mergedAt: at,
    });
  }
}

ContactMergeSchema.setClass(ContactMerge);

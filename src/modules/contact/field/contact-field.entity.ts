import { newId } from '../../../kernel/ids.js';
import { p, tenantEntity } from '../../../platform/database/tenant-entity.js';

export const FIELD_TYPES = ['TEXT', 'NUMBER', 'BOOLEAN', 'DATE', 'SELECT'] as const;
export type FieldType = (typeof FIELD_TYPES)[number];

const ContactFieldSchema = tenantEntity({
  name: 'ContactField',
  tableName: 'contact_field',
  properties: {
    key: p.text(),
    label: p.text(),
    type: p.text().$type<FieldType>(),
    // What a SELECT may hold.
    options: p.array(),
    createdAt: p.datetime(),
    updatedAt: p.datetime(),
  },
});

export type ContactFieldFacts = Pick<
  ContactField,
  'agencyId' | 'subaccountId' | 'key' | 'label' | 'type' | 'options'
>;

/** Something that a subaccount wants to know of its contacts. It keeps its key and its type. */
export class ContactField extends ContactFieldSchema.class {
  static create(facts: ContactFieldFacts, at: Date): ContactField {
    return Object.assign(new ContactField(), facts, { id: newId(), createdAt: at, updatedAt: at });
  }
}

ContactFieldSchema.setClass(ContactField);

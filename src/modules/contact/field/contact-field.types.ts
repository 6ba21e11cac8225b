import 'reflect-metadata';
import { Field, ID, InputType, ObjectType, registerEnumType } from 'type-graphql';
import { Node } from '../../../graphql/kit/node.js';
import { DateTime } from '../../../graphql/kit/scalars.js';
import { fromPublicId } from '../../../kernel/ids.js';
import type { ContactField, FieldType } from './contact-field.entity.js';
import type { ContactFieldChanges, NewContactField } from './contact-field.service.js';

export const FieldTypeEnum: { readonly [T in FieldType]: T } = {
  TEXT: 'TEXT',
  NUMBER: 'NUMBER',
  BOOLEAN: 'BOOLEAN',
  DATE: 'DATE',
  SELECT: 'SELECT',
};
registerEnumType(FieldTypeEnum, {
  name: 'ContactFieldType',
  description: 'What a contact field holds, and how its values are written as text.',
  valuesConfig: {
    TEXT: { description: 'One line of 1 to 500 characters.' },
    NUMBER: { description: 'A number such as 1250.5.' },
    BOOLEAN: { description: '`true` or `false`; yes, no, 1 and 0 are understood.' },
    DATE: { description: 'A day such as 2027-01-31.' },
    SELECT: { description: 'One of its options.' },
  },
});

@ObjectType('ContactField', {
  implements: Node,
  description: 'Something that a subaccount wants to know of its contacts.',
})
export class ContactFieldType extends Node {
  constructor(readonly field: ContactField) {
    super('ContactField', field.id, field.subaccountId);
  }

  @Field(() => String, { description: 'Its name for programs and files; never changes.' })
  get key(): string {
    return this.field.key;
  }

  @Field(() => String, { description: 'What people call it.' })
  get label(): string {
    return this.field.label;
  }

  @Field(() => FieldTypeEnum, { description: 'What it holds; never changes.' })
  get type(): FieldType {
    return this.field.type;
  }

  @Field(() => [String], { description: 'What a SELECT may hold.' })
  get options(): string[] {
    return this.field.options;
  }

  @Field(() => DateTime, { description: 'When it was created.' })
  get createdAt(): Date {
    return this.field.createdAt;
  }
}

@ObjectType('ContactFieldValue', { description: 'What is known of a contact in one field.' })
export class ContactFieldValueType {
  @Field(() => ContactFieldType, { description: 'The field.' })
  readonly field: ContactFieldType;

  @Field(() => String, { description: 'The value, written as the type of the field says.' })
  readonly value: string;

  constructor(field: ContactField, value: string) {
    this.field = new ContactFieldType(field);
    this.value = value;
  }
}

@InputType('ContactFieldValueInput', { description: 'What is known of a contact in one field.' })
export class ContactFieldValueInput {
  @Field(() => String, { description: 'The key of a contact field of the subaccount.' })
  key = '';

  @Field(() => String, {
    nullable: true,
    description: 'The value, written as the type of the field says; null takes it away.',
  })
  value?: string | null;
}

@InputType('ContactFieldFilter', { description: 'Which values of a field; all conditions together.' })
export class ContactFieldFilterInput {
  @Field(() => String, { description: 'The key of a contact field of the subaccount.' })
  key = '';

  @Field(() => String, { nullable: true, description: 'Exactly this value.' })
  equals?: string | null;

  @Field(() => String, { nullable: true, description: 'This value or higher, of a NUMBER or DATE.' })
  from?: string | null;

  @Field(() => String, { nullable: true, description: 'This value or lower, of a NUMBER or DATE.' })
  to?: string | null;
}

@InputType('CreateContactFieldInput', { description: 'A new contact field.' })
export class CreateContactFieldInput {
  @Field(() => ID, { description: 'The subaccount.' })
  subaccountId = '';

  @Field(() => String, {
    description: 'Its name for programs and files: a-z, 0-9 and _, at most 50, unique in the subaccount.',
  })
  key = '';

  @Field(() => String, {
    nullable: true,
    description: 'What people call it: 1 to 100 characters; default: the key.',
  })
  label?: string | null;

  @Field(() => FieldTypeEnum, { description: 'What it holds.' })
  type: FieldType = 'TEXT';

  @Field(() => [String], {
    nullable: true,
    description: 'What a SELECT may hold: at most 100, each of 1 to 100 characters.',
  })
  options?: string[] | null;

  toRequest(): NewContactField {
    const { key, label, type, options } = this;
    const subaccountId = fromPublicId('Subaccount', this.subaccountId, 'input.subaccountId');
    return { subaccountId, key, label, type, options: options ?? [] };
  }
}

@InputType('UpdateContactFieldInput', {
  description: 'What to change of a contact field; what is left out stays.',
})
export class UpdateContactFieldInput {
  @Field(() => ID, { description: 'The field.' })
  contactFieldId = '';

  @Field(() => String, { nullable: true, description: 'What people call it: 1 to 100 characters.' })
  label?: string | null;

  @Field(() => [String], {
    nullable: true,
    description: 'All options of a SELECT; one that some contact has must stay.',
  })
  options?: string[] | null;

  toChanges(): ContactFieldChanges {
    return { label: this.label ?? undefined, options: this.options ?? undefined };
  }
}

@InputType('ContactFieldInput', { description: 'Which contact field.' })
export class ContactFieldInput {
  @Field(() => ID, { description: 'The field.' })
  contactFieldId = '';
}

@ObjectType('ContactFieldPayload', { description: 'What a mutation of a contact field answers.' })
export class ContactFieldPayload {
  @Field(() => ContactFieldType, { description: 'The field as it is now.' })
  readonly contactField: ContactFieldType;

  constructor(field: ContactField) {
    this.contactField = new ContactFieldType(field);
  }
}

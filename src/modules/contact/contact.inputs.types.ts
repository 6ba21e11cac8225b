import 'reflect-metadata';
import { ArgsType, Field, ID, InputType, Int, ObjectType } from 'type-graphql';
import { ConnectionArgs } from '../../graphql/kit/connection.js';
import { PhoneNumber } from '../../graphql/kit/scalars.js';
import { fromPublicId } from '../../kernel/ids.js';
import type { Contact } from './contact.entity.js';
import type { ContactFilter } from './contact.filter.js';
import type { ContactChanges, ContactUpsert } from './contact.input.js';
import type { UpsertedContact } from './contact.service.js';
import { ContactType } from './contact.types.js';
import { ContactFieldFilterInput, ContactFieldValueInput } from './field/contact-field.types.js';

@InputType('ContactFilter', { description: 'Which contacts; all conditions together.' })
export class ContactFilterInput {
  @Field(() => PhoneNumber, { nullable: true, description: 'Has this number, or had it before.' })
  phoneNumber?: string | null;

  @Field(() => String, { nullable: true, description: 'A number of it begins with these digits: 1 to 15.' })
  phonePrefix?: string | null;

  @Field(() => String, { nullable: true, description: 'The name contains this text, in any case.' })
  name?: string | null;

  @Field(() => [String], { nullable: true, description: 'Has all of these tags.' })
  tags?: string[] | null;

  @Field(() => [ContactFieldFilterInput], { nullable: true, description: 'What is known of it in fields.' })
  fields?: ContactFieldFilterInput[] | null;

  @Field(() => Boolean, { nullable: true, description: 'Whether the person opted out.' })
  optedOut?: boolean | null;

  @Field(() => Boolean, { nullable: true, description: 'Whether it is blocked.' })
  blocked?: boolean | null;

  toFilter(): ContactFilter {
    const { phoneNumber, phonePrefix, name, tags, fields, optedOut, blocked } = this;
    return { phoneNumber, phonePrefix, name, tags, fields, optedOut, blocked };
  }
}

@ArgsType()
export class ContactConnectionArgs extends ConnectionArgs {
  @Field(() => ContactFilterInput, { nullable: true, description: 'Which contacts.' })
  filter?: ContactFilterInput | null;
}

@InputType('UpsertContactInput', { description: 'What is known of the person with a number.' })
export class UpsertContactInput {
  @Field(() => ID, { description: 'The subaccount.' })
  subaccountId = '';

  @Field(() => PhoneNumber, { description: 'The number, which tells who it is.' })
  phoneNumber = '';

  @Field(() => String, { nullable: true, description: 'The name: 1 to 200 characters. Left out: it stays.' })
  name?: string | null;

  @Field(() => [String], {
    nullable: true,
    description: 'Tags to add: at most 50, each of 1 to 50 characters.',
  })
  tags?: string[] | null;

  @Field(() => [ContactFieldValueInput], { nullable: true, description: 'Values to set; others stay.' })
  fields?: ContactFieldValueInput[] | null;

  toRequest(): ContactUpsert {
    const { phoneNumber, name, tags } = this;
    const subaccountId = fromPublicId('Subaccount', this.subaccountId, 'input.subaccountId');
    const fields = saidOf(this.fields);
    return { subaccountId, phoneNumber, name: name ?? undefined, tags: tags ?? undefined, fields };
  }
}

@InputType('UpdateContactInput', {
  description: 'What to change of a contact; what is left out stays, null takes it away.',
})
export class UpdateContactInput {
  @Field(() => ID, { description: 'The contact.' })
  contactId = '';

  @Field(() => Int, {
    description:
      'The version that you saw. When it is another one by now, the call is a CONFLICT: STALE_VERSION.',
  })
  version = 0;

  @Field(() => String, {
    nullable: true,
    description: 'The name: 1 to 200 characters; null: as on WhatsApp.',
  })
  name?: string | null;

  @Field(() => [String], {
    nullable: true,
    description: 'All of its tags: at most 50, each of 1 to 50 characters.',
  })
  tags?: string[] | null;

  @Field(() => [ContactFieldValueInput], { nullable: true, description: 'Values to set; others stay.' })
  fields?: ContactFieldValueInput[] | null;

  toChanges(): ContactChanges {
    const { version, name, tags } = this;
    return { version, name, tags: tags === null ? [] : tags, fields: saidOf(this.fields) };
  }
}

function saidOf(fields: readonly ContactFieldValueInput[] | null | undefined): ContactChanges['fields'] {
  return fields?.map(({ key, value }) => ({ key, value: value ?? null }));
}

@InputType('ContactInput', { description: 'Which contact.' })
export class ContactInput {
  @Field(() => ID, { description: 'The contact.' })
  contactId = '';
}

@InputType('ContactTagInput', { description: 'Which tag of which contact.' })
export class ContactTagInput {
  @Field(() => ID, { description: 'The contact.' })
  contactId = '';

  @Field(() => String, { description: 'The tag: 1 to 50 characters.' })
  tag = '';
}

@InputType('MergeContactsInput', { description: 'Two contacts that are one person.' })
export class MergeContactsInput {
  @Field(() => ID, { description: 'The contact that stays. Where both say something, it is right.' })
  contactId = '';

  @Field(() => ID, { description: 'The one that becomes part of it.' })
  mergeContactId = '';
}

@ObjectType('ContactPayload', { description: 'What a mutation of a contact answers.' })
export class ContactPayload {
  @Field(() => ContactType, { description: 'The contact as it is now.' })
  readonly contact: ContactType;

  constructor(contact: Contact) {
    this.contact = new ContactType(contact);
  }
}

@ObjectType('UpsertContactPayload', { description: 'What upsertContact answers.' })
export class UpsertContactPayload {
  @Field(() => ContactType, { description: 'The contact as it is now.' })
  readonly contact: ContactType;

  @Field(() => Boolean, { description: 'Whether it is new.' })
  readonly created: boolean;

  constructor({ contact, created }: UpsertedContact) {
    this.contact = new ContactType(contact);
    this.created = created;
  }
}

import 'reflect-metadata';
import { Field, ID, Int, ObjectType, registerEnumType } from 'type-graphql';
import { connectionTypes } from '../../graphql/kit/connection.js';
import { Node } from '../../graphql/kit/node.js';
import { DateTime, PhoneNumber } from '../../graphql/kit/scalars.js';
import { toPublicId } from '../../kernel/ids.js';
import type { Contact } from './contact.entity.js';
import type { MergeCause } from './contact.events.js';
import type { ContactMerge } from './identity/contact-merge.entity.js';

@ObjectType('Contact', {
  implements: Node,
  description: 'A person that a subaccount writes with, known by a phone number, a WhatsApp id, or both.',
})
export class ContactType extends Node {
  constructor(readonly contact: Contact) {
    super('Contact', contact.id, contact.subaccountId);
  }

  @Field(() => String, {
    nullable: true,
    description: 'The name given here, else the one that the person chose on WhatsApp.',
  })
  get name(): string | null {
    return this.contact.name ?? this.contact.pushName ?? null;
  }

  @Field(() => String, { nullable: true, description: 'The name that the person chose on WhatsApp.' })
  get pushName(): string | null {
    return this.contact.pushName ?? null;
  }

  @Field(() => PhoneNumber, {
    nullable: true,
    description: 'The number that the person writes from; null while WhatsApp does not tell it.',
  })
  get phoneNumber(): string | null {
    return this.contact.phoneNumber ?? null;
  }

  @Field(() => DateTime, {
    nullable: true,
    description:
      'Since when the person wants no messages that nobody typed: automations do not write to them.',
  })
  get optedOutAt(): Date | null {
    return this.contact.optedOutAt ?? null;
  }

  @Field(() => DateTime, { nullable: true, description: 'Since when nothing is sent to the person.' })
  get blockedAt(): Date | null {
    return this.contact.blockedAt ?? null;
  }

  @Field(() => Int, {
    description: 'Counts changes of name, tags and fields; name the one that you saw when you change them.',
  })
  get version(): number {
    return this.contact.version;
  }

  @Field(() => DateTime, { description: 'When it was made: by the first message, or by people.' })
  get createdAt(): Date {
    return this.contact.createdAt;
  }

  @Field(() => DateTime, { description: 'When something of it changed last.' })
  get updatedAt(): Date {
    return this.contact.updatedAt;
  }
}

export const MergeCauseEnum: { readonly [C in MergeCause]: C } = { WHATSAPP: 'WHATSAPP', PERSON: 'PERSON' };
registerEnumType(MergeCauseEnum, {
  name: 'ContactMergeCause',
  description: 'What proved two contacts to be one person.',
  valuesConfig: {
    WHATSAPP: { description: 'A message showed number and WhatsApp id together.' },
    PERSON: { description: 'Somebody said so.' },
  },
});

@ObjectType('ContactMerge', { description: 'A contact that became part of another one.' })
export class ContactMergeType {
  constructor(readonly merge: ContactMerge) {}

  @Field(() => ID, { description: 'The id that is gone; `contact` still answers to it.' })
  get mergedContactId(): string {
    return toPublicId('Contact', this.merge.mergedContactId);
  }

  @Field(() => String, { nullable: true, description: 'What it was called.' })
  get mergedName(): string | null {
    return this.merge.mergedName ?? null;
  }

  @Field(() => PhoneNumber, { nullable: true, description: 'The number that it had.' })
  get mergedPhoneNumber(): string | null {
    return this.merge.mergedPhoneNumber ?? null;
  }

  @Field(() => MergeCauseEnum, { description: 'What proved that the two are one person.' })
  get cause(): MergeCause {
    return this.merge.cause;
  }

  @Field(() => ID, { nullable: true, description: 'The user who merged them; null: WhatsApp, or a key.' })
  get mergedById(): string | null {
    return this.merge.mergedBy == null ? null : toPublicId('User', this.merge.mergedBy);
  }

  @Field(() => DateTime, { description: 'When they became one.' })
  get mergedAt(): Date {
    return this.merge.mergedAt;
  }
}

export const { connection: ContactConnection } = connectionTypes('Contact', ContactType);

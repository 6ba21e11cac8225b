import 'reflect-metadata';
import { ArgsType, Field, InputType, ObjectType } from 'type-graphql';
import { ConnectionArgs, connectionTypes } from '../../graphql/kit/connection.js';
import { Node } from '../../graphql/kit/node.js';
import { DateTime, PhoneNumber } from '../../graphql/kit/scalars.js';
import type { Contact } from './contact.entity.js';

@ObjectType('Contact', {
  implements: Node,
  description: 'A person that a subaccount writes with, known by a phone number, a WhatsApp id, or both.',
})
export class ContactType extends Node {
  constructor(readonly contact: Contact) {
    super('Contact', contact.id);
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

  @Field(() => DateTime, { description: 'When the first message came or went.' })
  get createdAt(): Date {
    return this.contact.createdAt;
  }

  @Field(() => DateTime, { description: 'When a name or number changed last.' })
  get updatedAt(): Date {
    return this.contact.updatedAt;
  }
}

@InputType('ContactFilter', { description: 'Which contacts; all conditions together.' })
export class ContactFilterInput {
  @Field(() => PhoneNumber, { nullable: true, description: 'Has this number, or had it before.' })
  phoneNumber?: string | null;

  @Field(() => String, { nullable: true, description: 'The name contains this text, in any case.' })
  name?: string | null;
}

@ArgsType()
export class ContactConnectionArgs extends ConnectionArgs {
  @Field(() => ContactFilterInput, { nullable: true, description: 'Which contacts.' })
  filter?: ContactFilterInput | null;
}

export const { connection: ContactConnection } = connectionTypes('Contact', ContactType);

import 'reflect-metadata';
import { Field, ID, InputType, ObjectType } from 'type-graphql';
import { connectionTypes } from '../../../graphql/kit/connection.js';
import { Node } from '../../../graphql/kit/node.js';
import { DateTime } from '../../../graphql/kit/scalars.js';
import type { Rendered } from '../../../kernel/template.js';
import type { CannedReply } from './canned-reply.entity.js';

const SHORTCUT =
  'What people type to find it: 1 to 50 letters, digits, dashes and underscores, unique in the subaccount, in small letters.';
const TEXT =
  'Its text, up to 4096 characters, with places such as {{contact.name}} or {{contact.name|there}}: contact.name, contact.phone, contact.fields.<key>, agent.email, device.label, device.phone.';

@ObjectType('CannedReply', {
  implements: Node,
  description: 'A text that a team writes again and again, with places for what differs.',
})
export class CannedReplyType extends Node {
  constructor(readonly reply: CannedReply) {
    super('CannedReply', reply.id, reply.subaccountId);
  }

  @Field(() => String, { description: SHORTCUT })
  get shortcut(): string {
    return this.reply.shortcut;
  }

  @Field(() => String, { description: TEXT })
  get text(): string {
    return this.reply.text;
  }

  @Field(() => DateTime, { description: 'When it was made.' })
  get createdAt(): Date {
    return this.reply.createdAt;
  }

  @Field(() => DateTime, { description: 'When it was changed last.' })
  get updatedAt(): Date {
    return this.reply.updatedAt;
  }
}

@ObjectType('RenderedReply', { description: 'A canned reply for one conversation.' })
export class RenderedReplyType {
  @Field(() => String, { description: 'The text, ready to be looked over and sent.' })
  readonly text: string;

  @Field(() => [String], { description: 'Variables without a value and without a fallback.' })
  readonly missing: readonly string[];

  constructor({ text, missing }: Rendered) {
    this.text = text;
    this.missing = missing;
  }
}

@InputType('CreateCannedReplyInput', { description: 'A new canned reply.' })
export class CreateCannedReplyInput {
  @Field(() => ID, { description: 'The subaccount that it belongs to.' })
  subaccountId = '';

  @Field(() => String, { description: SHORTCUT })
  shortcut = '';

  @Field(() => String, { description: TEXT })
  text = '';
}

@InputType('UpdateCannedReplyInput', { description: 'What to change; what is left out stays.' })
export class UpdateCannedReplyInput {
  @Field(() => ID, { description: 'The canned reply.' })
  cannedReplyId = '';

  @Field(() => String, { nullable: true, description: SHORTCUT })
  shortcut?: string | null;

  @Field(() => String, { nullable: true, description: TEXT })
  text?: string | null;
}

@InputType('CannedReplyInput', { description: 'Which canned reply.' })
export class CannedReplyInput {
  @Field(() => ID, { description: 'The canned reply.' })
  cannedReplyId = '';
}

@ObjectType('CannedReplyPayload', { description: 'What a mutation of a canned reply answers.' })
export class CannedReplyPayload {
  @Field(() => CannedReplyType, { description: 'The canned reply as it is now.' })
  readonly cannedReply: CannedReplyType;

  constructor(reply: CannedReply) {
    this.cannedReply = new CannedReplyType(reply);
  }
}

export const { connection: CannedReplyConnection } = connectionTypes('CannedReply', CannedReplyType);

import 'reflect-metadata';
import { Field, ID, InputType, ObjectType } from 'type-graphql';
import { DateTime } from '../../../graphql/kit/scalars.js';
import { toPublicId } from '../../../kernel/ids.js';
import { DirectionEnum } from '../message/message.enums.types.js';
import type { Direction } from '../message/message.kind.js';
import { MessageType } from '../message/message.types.js';
import type { AcceptedAction } from './action.service.js';
import type { Reaction } from './reaction.queries.js';

@InputType('ReactToMessageInput', { description: 'A reaction to a message.' })
export class ReactToMessageInput {
  @Field(() => ID, { description: 'The message.' })
  messageId = '';

  @Field(() => String, { nullable: true, description: 'One emoji; null takes our reaction back.' })
  emoji?: string | null;
}

@InputType('EditMessageInput', { description: 'Another text for a message of ours.' })
export class EditMessageInput {
  @Field(() => ID, { description: 'The message: a text that was sent less than 15 minutes ago.' })
  messageId = '';

  @Field(() => String, { description: 'The new text, up to 4096 characters.' })
  text = '';
}

@ObjectType('MessageActionPayload', { description: 'What was asked for, on its way.' })
export class MessageActionPayload {
  @Field(() => MessageType, {
    description: 'The message that it is done to. It changes once WhatsApp has the action.',
  })
  readonly message: MessageType;

  @Field(() => MessageType, { description: 'What brings it to WhatsApp; follow it by its status.' })
  readonly action: MessageType;

  constructor({ target, action }: AcceptedAction) {
    this.message = new MessageType(target);
    this.action = new MessageType(action);
  }
}

@ObjectType('Reaction', { description: 'What somebody thinks of a message, in one emoji.' })
export class ReactionType {
  constructor(readonly reaction: Reaction) {}

  @Field(() => String, { description: 'The emoji.' })
  get emoji(): string {
    return this.reaction.emoji;
  }

  @Field(() => DirectionEnum, { description: 'OUTBOUND: it is ours.' })
  get direction(): Direction {
    return this.reaction.direction;
  }

  @Field(() => String, { nullable: true, description: 'Whose it is, in a group: a number or an address.' })
  get author(): string | null {
    return this.reaction.author;
  }

  @Field(() => ID, { description: 'The message that brought it.' })
  get messageId(): string {
    return toPublicId('Message', this.reaction.messageId);
  }

  @Field(() => DateTime, { description: 'When it was given.' })
  get reactedAt(): Date {
    return this.reaction.reactedAt;
  }
}

@ObjectType('MessageReply', { description: 'The earlier message that a message answers.' })
export class MessageReplyType {
  constructor(
    readonly replyToId: string | null,
    readonly quotedText: string | null,
  ) {}

  @Field(() => ID, {
    nullable: true,
    description: 'Its id; null when it is not here: older than the device, or gone.',
  })
  get id(): string | null {
    return this.replyToId === null ? null : toPublicId('Message', this.replyToId);
  }
}

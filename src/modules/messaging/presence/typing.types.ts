import 'reflect-metadata';
import { Field, ID, InputType, ObjectType } from 'type-graphql';
import type { Typing } from './typing.service.js';

@InputType('SetTypingInput', { description: 'Whether the other side sees that somebody writes.' })
export class SetTypingInput {
  @Field(() => ID, { description: 'The conversation.' })
  conversationId = '';

  @Field(() => Boolean, { description: 'true: for ten seconds; say it again while it goes on.' })
  typing = false;
}

@ObjectType('SetTypingPayload', { description: 'What setTyping answers.' })
export class SetTypingPayload {
  @Field(() => Boolean, { description: 'What the other side was asked to see.' })
  readonly typing: boolean;

  constructor(typing: boolean) {
    this.typing = typing;
  }
}

@ObjectType('ContactTyping', { description: 'Whether the other side of a conversation writes.' })
export class ContactTypingType {
  @Field(() => Boolean, { description: 'true: it writes, or records.' })
  readonly typing: boolean;

  constructor({ typing }: Typing) {
    this.typing = typing;
  }
}

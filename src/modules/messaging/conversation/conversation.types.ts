import 'reflect-metadata';
import { Field, ID, Int, ObjectType } from 'type-graphql';
import { connectionTypes } from '../../../graphql/kit/connection.js';
import { Node } from '../../../graphql/kit/node.js';
import { DateTime } from '../../../graphql/kit/scalars.js';
import { toPublicId } from '../../../kernel/ids.js';
import { ConversationKindEnum, ConversationStatusEnum } from './conversation.enums.types.js';
import type { Conversation, ConversationKind, ConversationStatus } from './conversation.entity.js';

@ObjectType('Conversation', {
  implements: Node,
  description: 'What one device and one person, or one group, wrote to each other.',
})
export class ConversationType extends Node {
  constructor(readonly conversation: Conversation) {
    super('Conversation', conversation.id, conversation.subaccountId);
  }

  @Field(() => ConversationKindEnum, { description: 'With a person or a group.' })
  get kind(): ConversationKind {
    return this.conversation.kind;
  }

  @Field(() => ConversationStatusEnum, { description: 'Whether somebody still works on it.' })
  get status(): ConversationStatus {
    return this.conversation.status;
  }

  @Field(() => DateTime, { nullable: true, description: 'When it opens by itself, of a snoozed one.' })
  get snoozedUntil(): Date | null {
    return this.conversation.snoozedUntil ?? null;
  }

  @Field(() => ID, { nullable: true, description: 'The user who looks after it.' })
  get assigneeId(): string | null {
    return this.conversation.assigneeId == null ? null : toPublicId('User', this.conversation.assigneeId);
  }

  @Field(() => Int, {
    description:
      'Counts what people and rules decide about it; name the one that you saw when you change it.',
  })
  get version(): number {
    return this.conversation.version;
  }

  @Field(() => String, { nullable: true, description: "A group's name, when it is known." })
  get subject(): string | null {
    return this.conversation.subject ?? null;
  }

  @Field(() => Int, { description: 'How many messages came in that nobody has marked as read.' })
  get unreadCount(): number {
    return this.conversation.unreadCount;
  }

  @Field(() => DateTime, { description: 'Time of its latest message.' })
  get lastMessageAt(): Date {
    return this.conversation.lastMessageAt;
  }

  @Field(() => DateTime, { description: 'Time of its first message.' })
  get createdAt(): Date {
    return this.conversation.createdAt;
  }
}

export const { connection: ConversationConnection } = connectionTypes('Conversation', ConversationType);

import 'reflect-metadata';
import { ArgsType, Field, ID, InputType, Int, ObjectType, registerEnumType } from 'type-graphql';
import { ConnectionArgs, connectionTypes } from '../../../graphql/kit/connection.js';
import { Node } from '../../../graphql/kit/node.js';
import { DateTime } from '../../../graphql/kit/scalars.js';
import type { Conversation, ConversationKind, ConversationStatus } from './conversation.entity.js';

export const ConversationKindEnum = { DIRECT: 'DIRECT', GROUP: 'GROUP' } as const;
registerEnumType(ConversationKindEnum, {
  name: 'ConversationKind',
  description: 'Who takes part in a conversation.',
  valuesConfig: {
    DIRECT: { description: 'One person.' },
    GROUP: { description: 'A group; its messages are shown, nothing can be sent to it.' },
  },
});

export const ConversationStatusEnum = { OPEN: 'OPEN', CLOSED: 'CLOSED' } as const;
registerEnumType(ConversationStatusEnum, {
  name: 'ConversationStatus',
  description: 'Whether somebody still works on a conversation.',
  valuesConfig: { OPEN: { description: 'It is open.' }, CLOSED: { description: 'It is done.' } },
});

@ObjectType('Conversation', {
  implements: Node,
  description: 'What one device and one person, or one group, wrote to each other.',
})
export class ConversationType extends Node {
  constructor(readonly conversation: Conversation) {
    super('Conversation', conversation.id);
  }

  @Field(() => ConversationKindEnum, { description: 'With a person or a group.' })
  get kind(): ConversationKind {
    return this.conversation.kind;
  }

  @Field(() => ConversationStatusEnum, { description: 'Whether somebody still works on it.' })
  get status(): ConversationStatus {
    return this.conversation.status;
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

@InputType('ConversationFilter', { description: 'Which conversations; all conditions together.' })
export class ConversationFilterInput {
  @Field(() => [ConversationStatusEnum], { nullable: true, description: 'Has one of these statuses.' })
  status?: ConversationStatus[] | null;

  @Field(() => ConversationKindEnum, { nullable: true, description: 'With a person or a group.' })
  kind?: ConversationKind | null;

  @Field(() => ID, { nullable: true, description: 'Of this device.' })
  deviceId?: string | null;

  @Field(() => Boolean, { nullable: true, description: 'true: with unread messages; false: without.' })
  unread?: boolean | null;
}

@ArgsType()
export class ConversationConnectionArgs extends ConnectionArgs {
  @Field(() => ConversationFilterInput, { nullable: true, description: 'Which conversations.' })
  filter?: ConversationFilterInput | null;
}

export const { connection: ConversationConnection } = connectionTypes('Conversation', ConversationType);

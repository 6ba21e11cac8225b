import 'reflect-metadata';
import { ArgsType, Field, ID, InputType, Int, ObjectType } from 'type-graphql';
import { ConnectionArgs } from '../../../graphql/kit/connection.js';
import { DateTime } from '../../../graphql/kit/scalars.js';
import { fromPublicId } from '../../../kernel/ids.js';
import type { NodeType } from '../../../kernel/ids.js';
import { AssignedEnum, ConversationKindEnum, ConversationStatusEnum } from './conversation.enums.types.js';
import type { Conversation, ConversationKind, ConversationStatus } from './conversation.entity.js';
import type { ConversationChanges, LabelChanges } from './conversation.input.js';
import type { Assigned, ConversationFilter } from './conversation.queries.js';
import { ConversationType } from './conversation.types.js';

@InputType('UpdateConversationInput', {
  description: 'What to decide about a conversation; what is left out stays, null takes it away.',
})
export class UpdateConversationInput {
  @Field(() => ID, { description: 'The conversation.' })
  conversationId = '';

  @Field(() => Int, {
    description:
      'The version that you saw. When it is another one by now, the call is a CONFLICT: STALE_VERSION.',
  })
  version = 0;

  @Field(() => ConversationStatusEnum, { nullable: true, description: 'How far it is.' })
  status?: ConversationStatus | null;

  @Field(() => DateTime, { nullable: true, description: 'Until when, with SNOOZED and nothing else.' })
  snoozedUntil?: Date | null;

  @Field(() => ID, { nullable: true, description: 'The user who looks after it.' })
  assigneeId?: string | null;

  @Field(() => ID, { nullable: true, description: 'The team that looks after it.' })
  teamId?: string | null;

  toChanges(): ConversationChanges {
    const { version, status, snoozedUntil } = this;
    return {
      version,
      status: status ?? undefined,
      snoozedUntil,
      assigneeId: uuidOf('User', this.assigneeId, 'input.assigneeId'),
      teamId: uuidOf('Team', this.teamId, 'input.teamId'),
    };
  }
}

@InputType('LabelConversationInput', {
  description: 'Labels to add and to take away; those that it has or has not anyway stay so.',
})
export class LabelConversationInput {
  @Field(() => ID, { description: 'The conversation.' })
  conversationId = '';

  @Field(() => [String], {
    nullable: true,
    description: 'Labels of 1 to 50 characters; a conversation has 50 at most.',
  })
  add?: string[] | null;

  @Field(() => [String], { nullable: true, description: 'Labels that it should not have.' })
  remove?: string[] | null;

  toChanges(): LabelChanges {
    return { add: this.add ?? [], remove: this.remove ?? [] };
  }
}

@InputType('ConversationInput', { description: 'Which conversation.' })
export class ConversationInput {
  @Field(() => ID, { description: 'The conversation.' })
  conversationId = '';
}

@ObjectType('ConversationPayload', { description: 'What a mutation of a conversation answers.' })
export class ConversationPayload {
  @Field(() => ConversationType, { description: 'The conversation as it is now.' })
  readonly conversation: ConversationType;

  constructor(conversation: Conversation) {
    this.conversation = new ConversationType(conversation);
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

  @Field(() => Boolean, {
    nullable: true,
    description: 'true: with messages that nobody has marked as read; false: without.',
  })
  unread?: boolean | null;

  @Field(() => Boolean, {
    nullable: true,
    description: 'true: with messages that the user who asks has not read; for users who log in.',
  })
  unreadByMe?: boolean | null;

  @Field(() => AssignedEnum, { nullable: true, description: 'Whether somebody looks after it.' })
  assigned?: Assigned | null;

  @Field(() => ID, { nullable: true, description: 'Looked after by this user.' })
  assigneeId?: string | null;

  @Field(() => ID, { nullable: true, description: 'Looked after by this team.' })
  teamId?: string | null;

  @Field(() => String, { nullable: true, description: 'Has exactly this label.' })
  label?: string | null;

  @Field(() => Boolean, {
    nullable: true,
    description: 'true: notes name the user who asks; for users who log in.',
  })
  mentionsMe?: boolean | null;

  toFilter(): ConversationFilter {
    const { status, kind, unread, unreadByMe, assigned, label, mentionsMe } = this;
    return {
      ...{ status, kind, unread, unreadByMe, assigned, label, mentionsMe },
      deviceId: uuidOf('Device', this.deviceId, 'filter.deviceId'),
      assigneeId: uuidOf('User', this.assigneeId, 'filter.assigneeId'),
      teamId: uuidOf('Team', this.teamId, 'filter.teamId'),
    };
  }
}

@ArgsType()
export class ConversationConnectionArgs extends ConnectionArgs {
  @Field(() => ConversationFilterInput, { nullable: true, description: 'Which conversations.' })
  filter?: ConversationFilterInput | null;
}

@ArgsType()
export class ConversationCountArgs {
  @Field(() => ConversationFilterInput, { nullable: true, description: 'Which conversations.' })
  filter?: ConversationFilterInput | null;
}

function uuidOf(type: NodeType, id: string | null | undefined, path: string): string | null | undefined {
  return id == null ? id : fromPublicId(type, id, path);
}

import 'reflect-metadata';
import { Field, ID, InputType, ObjectType } from 'type-graphql';
import { connectionTypes } from '../../../graphql/kit/connection.js';
import { Node } from '../../../graphql/kit/node.js';
import { DateTime } from '../../../graphql/kit/scalars.js';
import { fromPublicId, toPublicId } from '../../../kernel/ids.js';
import type { NodeType } from '../../../kernel/ids.js';
import {
  AssignedEnum,
  ConversationFilterInput,
  ConversationKindEnum,
  ConversationStatusEnum,
} from '../../messaging/index.js';
import type {
  Assigned,
  ConversationFilter,
  ConversationKind,
  ConversationStatus,
} from '../../messaging/index.js';
import type { ConversationView } from './view.entity.js';
import type { NewView, ViewChanges } from './view.input.js';

@ObjectType('ConversationViewFilter', {
  description: 'Which conversations a view shows, as its filter was given.',
})
export class ConversationViewFilterType {
  constructor(readonly filter: ConversationFilter) {}

  @Field(() => [ConversationStatusEnum], { nullable: true, description: 'Has one of these statuses.' })
  get status(): readonly ConversationStatus[] | null {
    return this.filter.status ?? null;
  }

  @Field(() => ConversationKindEnum, { nullable: true, description: 'With a person or a group.' })
  get kind(): ConversationKind | null {
    return this.filter.kind ?? null;
  }

  @Field(() => ID, { nullable: true, description: 'Of this device.' })
  get deviceId(): string | null {
    return publicIdOf('Device', this.filter.deviceId);
  }

  @Field(() => Boolean, { nullable: true, description: 'With messages that nobody has marked as read.' })
  get unread(): boolean | null {
    return this.filter.unread ?? null;
  }

  @Field(() => Boolean, {
    nullable: true,
    description: 'With messages that the user who looks has not read.',
  })
  get unreadByMe(): boolean | null {
    return this.filter.unreadByMe ?? null;
  }

  @Field(() => AssignedEnum, { nullable: true, description: 'Whether somebody looks after it.' })
  get assigned(): Assigned | null {
    return this.filter.assigned ?? null;
  }

  @Field(() => ID, { nullable: true, description: 'Looked after by this user.' })
  get assigneeId(): string | null {
    return publicIdOf('User', this.filter.assigneeId);
  }

  @Field(() => ID, { nullable: true, description: 'Looked after by this team.' })
  get teamId(): string | null {
    return publicIdOf('Team', this.filter.teamId);
  }

  @Field(() => String, { nullable: true, description: 'Has exactly this label.' })
  get label(): string | null {
    return this.filter.label ?? null;
  }

  @Field(() => Boolean, { nullable: true, description: 'Notes name the user who looks.' })
  get mentionsMe(): boolean | null {
    return this.filter.mentionsMe ?? null;
  }
}

@ObjectType('ConversationView', { implements: Node, description: 'A filter of conversations under a name.' })
export class ConversationViewType extends Node {
  constructor(readonly view: ConversationView) {
    super('ConversationView', view.id, view.subaccountId);
  }

  @Field(() => String, { description: 'What it is called.' })
  get name(): string {
    return this.view.name;
  }

  @Field(() => Boolean, {
    description: 'true: everybody sees it; false: it is the own one of the user who asks.',
  })
  get isShared(): boolean {
    return this.view.ownerId == null;
  }

  @Field(() => ConversationViewFilterType, { description: 'Which conversations it shows.' })
  get filter(): ConversationViewFilterType {
    return new ConversationViewFilterType(this.view.filter);
  }

  @Field(() => DateTime, { description: 'When it was saved.' })
  get createdAt(): Date {
    return this.view.createdAt;
  }

  @Field(() => DateTime, { description: 'When it changed last.' })
  get updatedAt(): Date {
    return this.view.updatedAt;
  }
}

@InputType('CreateConversationViewInput', { description: 'A new view.' })
export class CreateConversationViewInput {
  @Field(() => ID, { description: 'The subaccount whose conversations it shows.' })
  subaccountId = '';

  @Field(() => String, { description: 'What to call it: 1 to 100 characters.' })
  name = '';

  @Field(() => ConversationFilterInput, { description: 'Which conversations it shows.' })
  filter!: ConversationFilterInput;

  @Field(() => Boolean, {
    nullable: true,
    description:
      'true: for everybody, which needs the action conversation_view:share. Keys have no own ones.',
  })
  isShared?: boolean | null;

  toRequest(): NewView {
    return {
      subaccountId: fromPublicId('Subaccount', this.subaccountId, 'input.subaccountId'),
      name: this.name,
      filter: this.filter.toFilter(),
      isShared: this.isShared ?? false,
    };
  }
}

@InputType('UpdateConversationViewInput', {
  description: 'What to change of a view; what is left out stays.',
})
export class UpdateConversationViewInput {
  @Field(() => ID, { description: 'The view.' })
  conversationViewId = '';

  @Field(() => String, { nullable: true, description: 'What to call it: 1 to 100 characters.' })
  name?: string | null;

  @Field(() => ConversationFilterInput, { nullable: true, description: 'Which conversations it shows.' })
  filter?: ConversationFilterInput | null;

  toChanges(): ViewChanges {
    return { name: this.name ?? undefined, filter: this.filter?.toFilter() };
  }
}

@InputType('ConversationViewInput', { description: 'Which view.' })
export class ConversationViewInput {
  @Field(() => ID, { description: 'The view.' })
  conversationViewId = '';
}

@ObjectType('ConversationViewPayload', { description: 'What a mutation of a view answers.' })
export class ConversationViewPayload {
  @Field(() => ConversationViewType, { description: 'The view as it is now.' })
  readonly conversationView: ConversationViewType;

  constructor(view: ConversationView) {
    this.conversationView = new ConversationViewType(view);
  }
}

export const { connection: ConversationViewConnection } = connectionTypes(
  'ConversationView',
  ConversationViewType,
);

function publicIdOf(type: NodeType, uuid: string | null | undefined): string | null {
  return uuid == null ? null : toPublicId(type, uuid);
}

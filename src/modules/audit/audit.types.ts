import 'reflect-metadata';
import { ArgsType, Field, ID, InputType, ObjectType } from 'type-graphql';
import type { Placed } from '../../graphql/kit/placed.js';
import { ActorType } from '../../graphql/kit/actor.types.js';
import { ConnectionArgs, connectionTypes } from '../../graphql/kit/connection.js';
import { EventTopicEnum } from '../../graphql/kit/event.types.js';
import { DateTime, JSONObject } from '../../graphql/kit/scalars.js';
import type { EventTopic } from '../../kernel/events.js';
import { publicFacts } from '../../kernel/event-facts.js';
import type { Subject } from '../../kernel/event-facts.js';
import { fromAnyPublicId, timeOf, toPublicId } from '../../kernel/ids.js';
import type { NodeType } from '../../kernel/ids.js';
import type { AuditEntry } from './audit-entry.entity.js';
import type { AuditFilter } from './audit.queries.js';

@ObjectType('AuditEntry', { description: 'One thing that somebody did.' })
export class AuditEntryType implements Placed {
  constructor(readonly entry: AuditEntry) {}

  get placeId(): string | null {
    return this.entry.subaccountId ?? null;
  }

  @Field(() => ID, { description: 'Opaque and stable.' })
  get id(): string {
    return toPublicId('AuditEntry', this.entry.id);
  }

  @Field(() => EventTopicEnum, { description: 'What was done.' })
  get action(): EventTopic {
    return this.entry.action;
  }

  @Field(() => DateTime, { description: 'When it was done.' })
  get occurredAt(): Date {
    return timeOf(this.entry.id);
  }

  @Field(() => ActorType, {
    nullable: true,
    description: 'Who did it; null for events of an earlier version.',
  })
  get actor(): ActorType | null {
    return this.entry.actor == null ? null : new ActorType(this.entry.actor);
  }

  @Field(() => String, {
    nullable: true,
    description: 'The address that the call came from, where it is known.',
  })
  get ipAddress(): string | null {
    return this.entry.ipAddress ?? null;
  }

  @Field(() => ID, {
    nullable: true,
    description: 'The subaccount; null for what concerns the agency itself.',
  })
  get subaccountId(): string | null {
    return this.entry.subaccountId == null ? null : toPublicId('Subaccount', this.entry.subaccountId);
  }

  @Field(() => ID, { nullable: true, description: 'What it was done to, also after it is gone.' })
  get targetId(): string | null {
    return this.target === null ? null : toPublicId(this.target.type, this.target.uuid);
  }

  @Field(() => ID, { description: 'The event that told it.' })
  get eventId(): string {
    return toPublicId('Event', this.entry.eventId);
  }

  @Field(() => JSONObject, { description: 'What else the event told.' })
  get facts(): Record<string, unknown> {
    return publicFacts(this.entry.facts);
  }

  get target(): Subject | null {
    const { targetType, targetId } = this.entry;
    return targetType == null || targetId == null ? null : { type: targetType as NodeType, uuid: targetId };
  }
}

@InputType('AuditFilter', { description: 'Which entries; all conditions hold at once.' })
export class AuditFilterInput {
  @Field(() => [EventTopicEnum], { nullable: true, description: 'Only these actions.' })
  actions?: EventTopic[] | null;

  @Field(() => ID, { nullable: true, description: 'Done by this user, key, device or automation.' })
  actorId?: string | null;

  @Field(() => ID, { nullable: true, description: 'Done to this object.' })
  targetId?: string | null;

  @Field(() => DateTime, { nullable: true, description: 'Done at this moment or later.' })
  from?: Date | null;

  @Field(() => DateTime, { nullable: true, description: 'Done before this moment.' })
  to?: Date | null;

  toFilter(): AuditFilter {
    const { actions, actorId, targetId, from, to } = this;
    return {
      actions,
      from,
      to,
      actorId: actorId == null ? null : fromAnyPublicId(actorId, 'filter.actorId'),
      targetId: targetId == null ? null : fromAnyPublicId(targetId, 'filter.targetId'),
    };
  }
}

@ArgsType()
export class AuditArgs extends ConnectionArgs {
  @Field(() => AuditFilterInput, { nullable: true, description: 'Which entries.' })
  filter?: AuditFilterInput | null;
}

export const { connection: AuditConnection } = connectionTypes('AuditEntry', AuditEntryType);

import 'reflect-metadata';
import { ArgsType, Extensions, Field, ID, Int, ObjectType } from 'type-graphql';
import type { EventCursor as Cursor, EventTopic } from '../../kernel/events.js';
import { subjectOf } from '../../kernel/event-facts.js';
import type { Subject } from '../../kernel/event-facts.js';
import { toPublicId } from '../../kernel/ids.js';
import { MAX_PAGE_SIZE } from '../../kernel/page.js';
import { PAGE_EXTENSION } from '../kit/connection.js';
import type { PageCost } from '../kit/connection.js';
import { EventTopicEnum, EventType } from '../kit/event.types.js';
import { EventCursor } from '../kit/scalars.js';

@ObjectType('ObjectChanged', {
  implements: EventType,
  description: 'Something happened to an object; its topic says what. Topics that have no type of their own.',
})
export class ObjectChangedType extends EventType {
  @Field(() => ID, { nullable: true, description: 'The id of the object, also after it is gone.' })
  get nodeId(): string | null {
    return this.subject === null ? null : toPublicId(this.subject.type, this.subject.uuid);
  }

  get subject(): Subject | null {
    return subjectOf(this.event.topic, this.event.payload);
  }
}

@ObjectType('EventPage', { description: 'Events of a stream in their order.' })
@Extensions({ [PAGE_EXTENSION]: { defaultFirst: MAX_PAGE_SIZE } satisfies PageCost })
export class EventPageType {
  @Field(() => [EventType], { description: 'The events.' })
  readonly events: readonly EventType[];

  @Field(() => EventCursor, { description: 'How far was looked; go on after it.' })
  readonly endCursor: Cursor;

  @Field(() => Boolean, { description: 'Whether there is more after `endCursor` now.' })
  readonly hasMore: boolean;

  @Field(() => EventCursor, { description: 'The place before the oldest event that is kept.' })
  readonly oldestAvailable: Cursor;

  constructor(fields: Pick<EventPageType, 'events' | 'endCursor' | 'hasMore' | 'oldestAvailable'>) {
    this.events = fields.events;
    this.endCursor = fields.endCursor;
    this.hasMore = fields.hasMore;
    this.oldestAvailable = fields.oldestAvailable;
  }
}

@ArgsType()
export class EventStreamArgs {
  @Field(() => ID, {
    nullable: true,
    description: "Whose stream; left out: the agency's own, for callers of the whole agency.",
  })
  subaccountId?: string | null;

  @Field(() => EventCursor, {
    nullable: true,
    description:
      'The last event that was seen. Left out, a subscription starts now and a query with the oldest.',
  })
  after?: Cursor | null;

  @Field(() => [EventTopicEnum], { nullable: true, description: 'Only these topics; left out: all.' })
  topics?: EventTopic[] | null;
}

@ArgsType()
export class EventPageArgs extends EventStreamArgs {
  @Field(() => Int, {
    nullable: true,
    defaultValue: MAX_PAGE_SIZE,
    description: `How many events: 1 to ${MAX_PAGE_SIZE}.`,
  })
  first?: number | null;
}

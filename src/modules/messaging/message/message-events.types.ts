import 'reflect-metadata';
import { ArgsType, Field, ID, ObjectType } from 'type-graphql';
import { EventType } from '../../../graphql/kit/event.types.js';
import { EventCursor } from '../../../graphql/kit/scalars.js';
import type { EventCursor as Cursor } from '../../../kernel/events.js';
import { MessageStatusEnum } from './message.enums.types.js';
import { isMessageStatus } from './message.status.js';
import type { MessageStatus } from './message.status.js';

@ObjectType('MessageReceived', { implements: EventType, description: 'A message from outside arrived.' })
export class MessageReceivedType extends EventType {}

@ObjectType('MessageStatusChanged', { implements: EventType, description: 'A message has another status.' })
export class MessageStatusChangedType extends EventType {
  @Field(() => MessageStatusEnum, { description: 'The status before.' })
  get previous(): MessageStatus {
    return statusOf(this.event.payload['previous']);
  }

  @Field(() => MessageStatusEnum, {
    description: 'The status that this event is about; the message itself may be further by now.',
  })
  get status(): MessageStatus {
    return statusOf(this.event.payload['status']);
  }
}

function statusOf(value: unknown): MessageStatus {
  if (typeof value === 'string' && isMessageStatus(value)) return value;
  throw new Error('an event holds no message status');
}

@ArgsType()
export class MessageEventArgs {
  @Field(() => ID, { description: 'The subaccount to follow.' })
  subaccountId = '';

  @Field(() => ID, { nullable: true, description: 'Only messages of this device.' })
  deviceId?: string | null;

  @Field(() => EventCursor, {
    nullable: true,
    description: 'Cursor of the last event seen: nothing after it is missed. Left out: from now on.',
  })
  after?: Cursor | null;
}

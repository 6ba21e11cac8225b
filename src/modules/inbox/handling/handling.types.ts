import 'reflect-metadata';
import { ArgsType, Field, Float, ID, Int, ObjectType } from 'type-graphql';
import { connectionTypes } from '../../../graphql/kit/connection.js';
import { DateTime } from '../../../graphql/kit/scalars.js';
import { fromPublicId, toPublicId } from '../../../kernel/ids.js';
import type { ConversationHandling } from './handling.entity.js';
import type { HandlingRange, ResponseTimes, Waits } from './response-times.js';

@ObjectType('ConversationHandling', {
  description: 'From what somebody wrote to the close of the conversation, with the first answer between.',
})
export class ConversationHandlingType {
  constructor(readonly handling: ConversationHandling) {}

  @Field(() => DateTime, { description: 'When somebody wrote.' })
  get openedAt(): Date {
    return this.handling.openedAt;
  }

  @Field(() => DateTime, { nullable: true, description: 'When they were answered first, but not by a rule.' })
  get firstResponseAt(): Date | null {
    return this.handling.firstResponseAt ?? null;
  }

  @Field(() => ID, {
    nullable: true,
    description: 'The user who answered; null: a key, or the phone itself.',
  })
  get responderId(): string | null {
    return userIdOf(this.handling.responderId);
  }

  @Field(() => DateTime, { nullable: true, description: 'When the conversation was closed.' })
  get closedAt(): Date | null {
    return this.handling.closedAt ?? null;
  }

  @Field(() => ID, { nullable: true, description: 'The user who closed it.' })
  get closerId(): string | null {
    return userIdOf(this.handling.closerId);
  }
}

@ObjectType('Waits', { description: 'How long people waited.' })
export class WaitsType {
  constructor(readonly waits: Waits) {}

  @Field(() => Int, { description: 'How many no longer wait.' })
  get count(): number {
    return this.waits.count;
  }

  @Field(() => Float, { nullable: true, description: 'Half of them waited less, in seconds.' })
  get medianSeconds(): number | null {
    return this.waits.medianSeconds;
  }

  @Field(() => Float, { nullable: true, description: 'Nine in ten waited less, in seconds.' })
  get p90Seconds(): number | null {
    return this.waits.p90Seconds;
  }

  @Field(() => Float, { nullable: true, description: 'The average, in seconds.' })
  get averageSeconds(): number | null {
    return this.waits.averageSeconds;
  }
}

@ObjectType('ResponseTimes', { description: 'How fast people were answered.' })
export class ResponseTimesType {
  constructor(readonly times: ResponseTimes) {}

  @Field(() => Int, { description: 'How often somebody wrote to whom nobody was talking.' })
  get openedCount(): number {
    return this.times.openedCount;
  }

  @Field(() => WaitsType, { description: 'Until the first answer that was not a rule’s.' })
  get firstResponse(): WaitsType {
    return new WaitsType(this.times.firstResponse);
  }

  @Field(() => WaitsType, { description: 'Until the conversation was closed.' })
  get resolution(): WaitsType {
    return new WaitsType(this.times.resolution);
  }
}

@ArgsType()
export class ResponseTimesArgs {
  @Field(() => DateTime, { description: 'What began from then on.' })
  from!: Date;

  @Field(() => DateTime, { description: 'What began before then; at most 400 days later.' })
  to!: Date;

  @Field(() => ID, { nullable: true, description: 'Only conversations of this device.' })
  deviceId?: string | null;

  @Field(() => ID, { nullable: true, description: 'Only what this user answered first.' })
  responderId?: string | null;

  toRange(): HandlingRange {
    const { from, to, deviceId, responderId } = this;
    return {
      from,
      to,
      deviceId: deviceId == null ? null : fromPublicId('Device', deviceId, 'deviceId'),
      responderId: responderId == null ? null : fromPublicId('User', responderId, 'responderId'),
    };
  }
}

export const { connection: ConversationHandlingConnection } = connectionTypes(
  'ConversationHandling',
  ConversationHandlingType,
);

function userIdOf(uuid: string | null | undefined): string | null {
  return uuid == null ? null : toPublicId('User', uuid);
}

import 'reflect-metadata';
import { ArgsType, Field, ID, InputType, Int, ObjectType, registerEnumType } from 'type-graphql';
import { ConnectionArgs, connectionTypes } from '../../../graphql/kit/connection.js';
import { EventTopicEnum } from '../../../graphql/kit/event.types.js';
import { Node } from '../../../graphql/kit/node.js';
import { DateTime } from '../../../graphql/kit/scalars.js';
import type { EventTopic } from '../../../kernel/events.js';
import { toPublicId } from '../../../kernel/ids.js';
import type { WebhookAttempt } from './attempt.entity.js';
import { TEST_TOPIC } from './delivery.entity.js';
import type { DeliveryError, DeliveryStatus, WebhookDelivery } from './delivery.entity.js';
import type { Replay } from './replay.js';

export const WebhookDeliveryStatusEnum = {
  PENDING: 'PENDING',
  RETRYING: 'RETRYING',
  SUCCEEDED: 'SUCCEEDED',
  FAILED: 'FAILED',
} as const satisfies Record<DeliveryStatus, DeliveryStatus>;
registerEnumType(WebhookDeliveryStatusEnum, {
  name: 'WebhookDeliveryStatus',
  description: 'Where a delivery is.',
  valuesConfig: {
    PENDING: { description: 'It waits for its first try.' },
    RETRYING: { description: 'Its tries failed so far; the next one comes at `nextAttemptAt`.' },
    SUCCEEDED: { description: 'The receiver answered 2xx.' },
    FAILED: { description: 'It was given up. It can be replayed.' },
  },
});

const WebhookErrorEnum = {
  TIMED_OUT: 'TIMED_OUT',
  UNREACHABLE: 'UNREACHABLE',
  TLS_FAILED: 'TLS_FAILED',
  URL_NOT_ALLOWED: 'URL_NOT_ALLOWED',
  ENDPOINT_DELETED: 'ENDPOINT_DELETED',
  WEBHOOKS_NOT_INCLUDED: 'WEBHOOKS_NOT_INCLUDED',
} as const satisfies Record<DeliveryError, DeliveryError>;
registerEnumType(WebhookErrorEnum, {
  name: 'WebhookError',
  description: 'Why there was no answer.',
  valuesConfig: {
    TIMED_OUT: { description: 'The receiver did not answer in time.' },
    UNREACHABLE: { description: 'No connection, or it broke off.' },
    TLS_FAILED: { description: 'No encrypted connection: the certificate is not good.' },
    URL_NOT_ALLOWED: { description: 'The address may not be called.' },
    ENDPOINT_DELETED: { description: 'The endpoint was deleted before.' },
    WEBHOOKS_NOT_INCLUDED: { description: "The device's package includes no webhooks any more." },
  },
});

@ObjectType('WebhookAttempt', { description: 'One try of a delivery.' })
export class WebhookAttemptType {
  constructor(readonly attempt: WebhookAttempt) {}

  @Field(() => Int, { description: 'From 1; one that a process did not live to write down is missing.' })
  get number(): number {
    return this.attempt.number;
  }

  @Field(() => DateTime, { description: 'When it began.' })
  get startedAt(): Date {
    return this.attempt.startedAt;
  }

  @Field(() => Int, { description: 'How long it took, in milliseconds.' })
  get durationMs(): number {
    return this.attempt.durationMs;
  }

  @Field(() => Int, { nullable: true, description: 'The HTTP status of the answer; null: there was none.' })
  get statusCode(): number | null {
    return this.attempt.statusCode ?? null;
  }

  @Field(() => WebhookErrorEnum, { nullable: true, description: 'Why there was no answer.' })
  get error(): DeliveryError | null {
    return this.attempt.error ?? null;
  }

  @Field(() => String, { nullable: true, description: 'How the answer began: 1,024 characters at most.' })
  get response(): string | null {
    return this.attempt.response ?? null;
  }
}

@ObjectType('WebhookDelivery', {
  implements: Node,
  description: 'One event on its way to one endpoint. Its id is the `webhook-id` of every try.',
})
export class WebhookDeliveryType extends Node {
  constructor(readonly delivery: WebhookDelivery) {
    super('WebhookDelivery', delivery.id, delivery.subaccountId);
  }

  @Field(() => ID, { description: 'The id of the event.' })
  get eventId(): string {
    return toPublicId('Event', this.delivery.eventId);
  }

  @Field(() => EventTopicEnum, { nullable: true, description: 'What it is about; null: a test.' })
  get topic(): EventTopic | null {
    return this.delivery.topic === TEST_TOPIC ? null : (this.delivery.topic as EventTopic);
  }

  @Field(() => WebhookDeliveryStatusEnum, { description: 'Where it is.' })
  get status(): DeliveryStatus {
    return this.delivery.status;
  }

  @Field(() => Int, { description: 'How many tries were begun.' })
  get attemptCount(): number {
    return this.delivery.attemptCount;
  }

  @Field(() => Int, { nullable: true, description: 'The HTTP status of the last answer.' })
  get lastStatusCode(): number | null {
    return this.delivery.lastStatusCode ?? null;
  }

  @Field(() => WebhookErrorEnum, { nullable: true, description: 'Why the last try got no answer.' })
  get lastError(): DeliveryError | null {
    return this.delivery.lastError ?? null;
  }

  @Field(() => Int, { nullable: true, description: 'How long the last try took, in milliseconds.' })
  get lastDurationMs(): number | null {
    return this.delivery.lastDurationMs ?? null;
  }

  @Field(() => DateTime, { nullable: true, description: 'When it is tried next; null: not any more.' })
  get nextAttemptAt(): Date | null {
    return this.delivery.dueAt ?? null;
  }

  @Field(() => DateTime, { description: 'When it was made.' })
  get createdAt(): Date {
    return this.delivery.createdAt;
  }

  @Field(() => DateTime, { nullable: true, description: 'When it succeeded or was given up.' })
  get endedAt(): Date | null {
    return this.delivery.endedAt ?? null;
  }
}

export const { connection: WebhookDeliveryConnection } = connectionTypes(
  'WebhookDelivery',
  WebhookDeliveryType,
);

@ObjectType('WebhookReplay', { implements: Node, description: 'Deliveries that are made again together.' })
export class WebhookReplayType extends Node {
  constructor(readonly replay: Replay) {
    super('WebhookReplay', replay.id, replay.subaccountId);
  }

  @Field(() => Int, { description: 'How many there are.' })
  get total(): number {
    return this.replay.total;
  }

  @Field(() => Int, { description: 'How many still wait, for their first or another try.' })
  get waiting(): number {
    return this.replay.waiting;
  }

  @Field(() => Int, { description: 'How many succeeded.' })
  get succeeded(): number {
    return this.replay.succeeded;
  }

  @Field(() => Int, { description: 'How many were given up again.' })
  get failed(): number {
    return this.replay.failed;
  }
}

@InputType('WebhookDeliveryFilter', { description: 'Which deliveries; all conditions together.' })
export class WebhookDeliveryFilterInput {
  @Field(() => [WebhookDeliveryStatusEnum], { nullable: true, description: 'Is in one of these states.' })
  status?: DeliveryStatus[] | null;

  @Field(() => [EventTopicEnum], { nullable: true, description: 'Is about one of these topics.' })
  topics?: EventTopic[] | null;

  @Field(() => ID, { nullable: true, description: 'Goes to this endpoint.' })
  webhookEndpointId?: string | null;
}

@ArgsType()
export class WebhookDeliveryConnectionArgs extends ConnectionArgs {
  @Field(() => WebhookDeliveryFilterInput, { nullable: true, description: 'Which deliveries.' })
  filter?: WebhookDeliveryFilterInput | null;
}

@InputType('WebhookDeliveryInput', { description: 'Which delivery.' })
export class WebhookDeliveryInput {
  @Field(() => ID, { description: 'The delivery.' })
  webhookDeliveryId!: string;
}

@InputType('ReplayWebhookDeliveriesInput', {
  description: 'Which ended deliveries of an endpoint to make again; all conditions together.',
})
export class ReplayWebhookDeliveriesInput {
  @Field(() => ID, { description: 'The endpoint.' })
  webhookEndpointId!: string;

  @Field(() => [ID], { nullable: true, description: 'These deliveries, 1,000 at most.' })
  webhookDeliveryIds?: string[] | null;

  @Field(() => DateTime, { nullable: true, description: 'Made at or after this.' })
  since?: Date | null;

  @Field(() => DateTime, { nullable: true, description: 'Made before this.' })
  until?: Date | null;

  @Field(() => Boolean, {
    nullable: true,
    defaultValue: true,
    description: 'Only those that were given up; false: also those that succeeded.',
  })
  failedOnly?: boolean | null;
}

@ObjectType('WebhookDeliveryPayload', { description: 'A delivery that is about to be made.' })
export class WebhookDeliveryPayload {
  @Field(() => WebhookDeliveryType, { description: 'The delivery.' })
  readonly webhookDelivery: WebhookDeliveryType;

  constructor(delivery: WebhookDelivery) {
    this.webhookDelivery = new WebhookDeliveryType(delivery);
  }
}

@ObjectType('ReplayWebhookDeliveriesPayload', { description: 'What replayWebhookDeliveries answers.' })
export class ReplayWebhookDeliveriesPayload {
  @Field(() => WebhookReplayType, {
    description: 'The replay; read it again as a node to see how far it is.',
  })
  readonly webhookReplay: WebhookReplayType;

  @Field(() => Boolean, {
    description: 'Whether there may be more than were taken; 10,000 are taken at once, the oldest first.',
  })
  readonly hasMore: boolean;

  constructor({ replay, hasMore }: { readonly replay: Replay; readonly hasMore: boolean }) {
    this.webhookReplay = new WebhookReplayType(replay);
    this.hasMore = hasMore;
  }
}

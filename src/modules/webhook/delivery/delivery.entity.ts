import { newId } from '../../../kernel/ids.js';
import { p, tenantEntity } from '../../../platform/database/tenant-entity.js';

export const DELIVERY_STATUSES = ['PENDING', 'RETRYING', 'SUCCEEDED', 'FAILED'] as const;
export type DeliveryStatus = (typeof DELIVERY_STATUSES)[number];

/** Why a try, or all of a delivery, failed; null with a status code: the answer was none of 2xx. */
export const DELIVERY_ERRORS = [
  'TIMED_OUT',
  'UNREACHABLE',
  'TLS_FAILED',
  'URL_NOT_ALLOWED',
  'ENDPOINT_DELETED',
  'WEBHOOKS_NOT_INCLUDED',
] as const;
export type DeliveryError = (typeof DELIVERY_ERRORS)[number];

/** What is told to try out an endpoint; no event of the log. */
export const TEST_TOPIC = 'webhook.test';

const DeliverySchema = tenantEntity({
  name: 'WebhookDelivery',
  tableName: 'webhook_delivery',
  properties: {
    endpointId: p.uuid(),
    deviceId: p.uuid().nullable(),
    eventId: p.uuid(),
    // Its place in the subaccount's stream; null: a test.
    eventSeq: p.bigint('number').nullable(),
    topic: p.text(),
    // First tries of one lane are made in order; null: whenever.
    lane: p.uuid().nullable(),
    body: p.text(),
    status: p.text().$type<DeliveryStatus>(),
    dueAt: p.datetime().nullable(),
    // Since it was made, or replayed.
    tries: p.integer(),
    attemptCount: p.integer(),
    lastStatusCode: p.integer().nullable(),
    lastError: p.text().$type<DeliveryError>().nullable(),
    lastDurationMs: p.integer().nullable(),
    // Who a reply in the receiver's answer goes to.
    replyTo: p.text().nullable(),
    replyMessageId: p.uuid().nullable(),
    replayId: p.uuid().nullable(),
    createdAt: p.datetime(),
    endedAt: p.datetime().nullable(),
  },
});

export interface NewDelivery {
  readonly agencyId: string;
  readonly subaccountId: string;
  readonly endpointId: string;
  readonly deviceId: string | null;
  readonly eventId: string;
  readonly eventSeq: number | null;
  readonly topic: string;
  readonly lane: string | null;
  readonly body: string;
  readonly replyTo: string | null;
}

/** One event on its way to one endpoint. Its id and its body never change, however often it is tried or replayed. */
export class WebhookDelivery extends DeliverySchema.class {
  static create(facts: NewDelivery, now: Date): WebhookDelivery {
    const delivery = new WebhookDelivery();
    Object.assign(delivery, facts, { id: newId(), createdAt: now, dueAt: now });
    delivery.status = 'PENDING';
    delivery.tries = 0;
    delivery.attemptCount = 0;
    for (const field of NULL_AT_FIRST) delivery[field] = null;
    return delivery;
  }

  /** From the start again, with the same id and body. */
  replay(now: Date): void {
    this.status = 'PENDING';
    this.dueAt = now;
    this.tries = 0;
    this.endedAt = null;
  }
}

DeliverySchema.setClass(WebhookDelivery);

const NULL_AT_FIRST = [
  'lastStatusCode',
  'lastError',
  'lastDurationMs',
  'replyMessageId',
  'replayId',
  'endedAt',
] as const;

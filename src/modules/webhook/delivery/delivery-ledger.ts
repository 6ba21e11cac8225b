import { LockMode } from '@mikro-orm/core';
import type { Clock } from '../../../kernel/clock.js';
import type { Context } from '../../../kernel/context.js';
import type { Database } from '../../../platform/database/database.js';
import type { Transaction } from '../../../platform/database/transaction.js';
import { WebhookEndpoint } from '../endpoint/endpoint.entity.js';
import type { DisabledReason } from '../endpoint/endpoint.entity.js';
import { endpointDisabled } from '../webhook.events.js';
import type { WebhookFeature } from '../webhook.feature.js';
import { WebhookAttempt } from './attempt.entity.js';
import { claimDue } from './delivery-claim.js';
import type { FreeSlots } from './delivery-claim.js';
import { TEST_TOPIC, WebhookDelivery } from './delivery.entity.js';
import type { DeliveryError } from './delivery.entity.js';
import { nextTryAt } from './retry-schedule.js';

const GONE = 410;
const MAX_RESPONSE_CHARACTERS = 1_024;
/** How exactly an endpoint knows when it was last reached. */
const SUCCESS_PRECISION_MS = 60_000;

/** How a try ended. */
export interface TryResult {
  readonly startedAt: Date;
  readonly durationMs: number;
  readonly statusCode: number | null;
  readonly error: DeliveryError | null;
  readonly response: string | null;
  readonly retryAfter: string | null;
  /** What the receiver's answer had sent back. */
  readonly replyMessageId: string | null;
}

export interface Claimed {
  readonly endpoint: WebhookEndpoint;
  readonly delivery: WebhookDelivery;
}

/** What is due to an endpoint, and what came of it. Each method is one transaction. */
export class DeliveryLedger {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #feature: WebhookFeature;
  readonly #random: () => number;

  constructor(options: {
    readonly database: Database;
    readonly clock: Clock;
    readonly feature: WebhookFeature;
    readonly random: () => number;
  }) {
    this.#database = options.database;
    this.#clock = options.clock;
    this.#feature = options.feature;
    this.#random = options.random;
  }

  /** Takes what may be tried now: nothing while the endpoint is switched off or gone. */
  claim(ctx: Context, endpointId: string, free: FreeSlots): Promise<readonly Claimed[]> {
    return this.#database.write(ctx, async (tx) => {
      const where = { id: endpointId, status: 'ENABLED', deletedAt: null } as const;
      const endpoint = await tx.em.findOne(WebhookEndpoint, where);
      if (endpoint === null) return [];
      const claimed = await claimDue(tx.em, endpointId, this.#clock.now(), free);
      const deviceIds = claimed.flatMap(({ deviceId }) => (deviceId == null ? [] : [deviceId]));
      const entitled = await this.#feature.among(tx.em, [...new Set(deviceIds)]);
      const mayGo = ({ deviceId }: WebhookDelivery): boolean => deviceId == null || entitled.has(deviceId);
      for (const delivery of claimed.filter((each) => !mayGo(each))) {
        end(delivery, 'FAILED', this.#clock.now());
        delivery.lastError = 'WEBHOOKS_NOT_INCLUDED';
      }
      return claimed.filter(mayGo).map((delivery) => ({ endpoint, delivery }));
    });
  }

  /** Writes down a try, unless another process meanwhile took the delivery over. */
  settle(ctx: Context, { id, attemptCount }: WebhookDelivery, result: TryResult): Promise<void> {
    return this.#database.write(ctx, async (tx) => {
      const options = { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true } as const;
      const delivery = await tx.em.findOne(WebhookDelivery, { id, attemptCount }, options);
      if (delivery === null) return;
      tx.em.persist(attemptOf(delivery, result));
      note(delivery, result);
      if (isSuccess(result)) await this.#succeed(tx, delivery);
      else await this.#fail(tx, delivery, result);
    });
  }

  /** A try that was broken off by us counts as none. */
  release(ctx: Context, { id, attemptCount }: WebhookDelivery): Promise<void> {
    return this.#database.write(ctx, async (tx) => {
      await tx.em.nativeUpdate(WebhookDelivery, { id, attemptCount }, { dueAt: this.#clock.now() });
    });
  }

  async #succeed(tx: Transaction, delivery: WebhookDelivery): Promise<void> {
    const now = this.#clock.now();
    end(delivery, 'SUCCEEDED', now);
    // Most of the time there is nothing to write down: all tries of an endpoint would wait for its row.
    const longAgo = new Date(now.getTime() - SUCCESS_PRECISION_MS);
    const isNews = [
      { failingSince: { $ne: null } },
      { lastSuccessAt: null },
      { lastSuccessAt: { $lt: longAgo } },
    ];
    await tx.em.nativeUpdate(
      WebhookEndpoint,
      { id: delivery.endpointId, $or: isNews },
      { failingSince: null, lastSuccessAt: now },
    );
  }

  async #fail(tx: Transaction, delivery: WebhookDelivery, result: TryResult): Promise<void> {
    const now = this.#clock.now();
    const { tries, endpointId } = delivery;
    const isTest = delivery.topic === TEST_TOPIC;
    const next = isTest ? null : nextTryAt({ tries, retryAfter: result.retryAfter, now }, this.#random);
    if (next === null || result.statusCode === GONE) end(delivery, 'FAILED', now);
    else Object.assign(delivery, { status: 'RETRYING', dueAt: next });
    const isFirst = { id: endpointId, failingSince: null };
    await tx.em.nativeUpdate(WebhookEndpoint, isFirst, { failingSince: result.startedAt });
    const endpoint = await tx.em.findOne(WebhookEndpoint, { id: endpointId }, { refresh: true });
    if (result.statusCode === GONE) await disable(tx, endpoint, 'GONE', now);
    else if (endpoint?.hasFailedTooLong(now) === true) await disable(tx, endpoint, 'FAILING', now);
  }
}

function isSuccess({ statusCode }: TryResult): boolean {
  return statusCode !== null && statusCode >= 200 && statusCode < 300;
}

function note(delivery: WebhookDelivery, result: TryResult): void {
  delivery.tries += 1;
  delivery.lastStatusCode = result.statusCode;
  delivery.lastError = result.error;
  delivery.lastDurationMs = result.durationMs;
  delivery.replyMessageId = result.replyMessageId ?? delivery.replyMessageId ?? null;
}

function end(delivery: WebhookDelivery, status: 'SUCCEEDED' | 'FAILED', now: Date): void {
  delivery.status = status;
  delivery.dueAt = null;
  delivery.endedAt = now;
}

/** Switches an endpoint off, once, and says so. */
async function disable(
  tx: Transaction,
  endpoint: WebhookEndpoint | null,
  reason: DisabledReason,
  now: Date,
): Promise<void> {
  if (endpoint === null) return;
  const changed = await tx.em.nativeUpdate(
    WebhookEndpoint,
    { id: endpoint.id, status: 'ENABLED', deletedAt: null },
    { status: 'DISABLED', disabledReason: reason, disabledAt: now, updatedAt: now },
  );
  if (changed > 0) tx.append(endpointDisabled(endpoint, reason));
}

function attemptOf(delivery: WebhookDelivery, result: TryResult): WebhookAttempt {
  const { agencyId, subaccountId, deviceId = null, id: deliveryId, attemptCount: number } = delivery;
  const { startedAt, durationMs, statusCode, error } = result;
  // PostgreSQL's text holds no NUL.
  const response = result.response?.replaceAll('\0', '').slice(0, MAX_RESPONSE_CHARACTERS) ?? null;
  return Object.assign(new WebhookAttempt(), {
    ...{ agencyId, subaccountId, deviceId, deliveryId, number },
    ...{ startedAt, durationMs, statusCode, error, response },
  });
}

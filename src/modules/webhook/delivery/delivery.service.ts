import type { EntityManager } from '@mikro-orm/postgresql';
import type { Clock } from '../../../kernel/clock.js';
import type { Context } from '../../../kernel/context.js';
import { newId } from '../../../kernel/ids.js';
import type { Page, PageRequest } from '../../../kernel/page.js';
import type { Database } from '../../../platform/database/database.js';
import type { Transaction } from '../../../platform/database/transaction.js';
import { WORDS } from '../dialect/words.js';
import type { WebhookEndpoint } from '../endpoint/endpoint.entity.js';
import { getEndpoint } from '../endpoint/endpoint.queries.js';
import { webhookErrors } from '../webhook.errors.js';
import type { WebhookAttempt } from './attempt.entity.js';
import { TEST_TOPIC, WebhookDelivery } from './delivery.entity.js';
import { findAttempts, findDeliveries, listDeliveriesOfEach, lockDelivery } from './delivery.queries.js';
import type { DeliveryFilter, DeliveryOwnerKey } from './delivery.queries.js';
import type { DeliveryQueue } from './delivery.queue.js';
import { findReplays, replayChosen } from './replay.js';
import type { Replay, ReplayChoice } from './replay.js';

/** Reads deliveries, and has them made again. */
export class WebhookDeliveryService {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #queue: DeliveryQueue;

  constructor(options: {
    readonly database: Database;
    readonly clock: Clock;
    readonly queue: DeliveryQueue;
  }) {
    this.#database = options.database;
    this.#clock = options.clock;
    this.#queue = options.queue;
  }

  /** In any order, without those that do not exist or may not be seen. */
  findMany(ctx: Context, ids: readonly string[]): Promise<WebhookDelivery[]> {
    return this.#database.read(ctx, (em) => findDeliveries(em, ids));
  }

  /** A page for each of several owners, in their order, newest first. */
  listOfEach(
    ctx: Context,
    owners: { readonly key: DeliveryOwnerKey; readonly ids: readonly string[] },
    request: PageRequest,
    filter: DeliveryFilter = {},
  ): Promise<readonly Page<WebhookDelivery>[]> {
    return this.#database.read(ctx, (em) => listDeliveriesOfEach(em, owners, request, filter));
  }

  findAttempts(ctx: Context, deliveryIds: readonly string[]): Promise<readonly WebhookAttempt[]> {
    return this.#database.read(ctx, (em) => findAttempts(em, deliveryIds));
  }

  findReplays(ctx: Context, ids: readonly string[]): Promise<readonly Replay[]> {
    return this.#database.read(ctx, (em) => findReplays(em, ids));
  }

  /** Delivers something that never happened; tried once. Throws WEBHOOK_DISABLED. */
  test(ctx: Context, endpointId: string): Promise<WebhookDelivery> {
    return this.#database.write(ctx, async (tx) => {
      const endpoint = await getEnabled(tx.em, endpointId);
      const { agencyId, subaccountId, deviceId = null, dialect } = endpoint;
      const now = this.#clock.now();
      const eventId = newId();
      const body = JSON.stringify(WORDS[dialect].test({ eventId, subaccountId, at: now }));
      const delivery = WebhookDelivery.create(
        {
          ...{ agencyId, subaccountId, endpointId, deviceId, eventId, body },
          ...{ eventSeq: null, topic: TEST_TOPIC, lane: null, replyTo: null },
        },
        now,
      );
      tx.em.persist(delivery);
      this.#wake(tx, endpoint);
      return delivery;
    });
  }

  /** Makes one delivery again from the start, with the same id and body. Throws WEBHOOK_DISABLED. */
  replay(ctx: Context, id: string): Promise<WebhookDelivery> {
    return this.#database.write(ctx, async (tx) => {
      const delivery = await lockDelivery(tx, id);
      const endpoint = await getEnabled(tx.em, delivery.endpointId);
      delivery.replay(this.#clock.now());
      this.#wake(tx, endpoint);
      return delivery;
    });
  }

  /** Makes ended deliveries of an endpoint again, the oldest first. Throws WEBHOOK_DISABLED. */
  replayMany(
    ctx: Context,
    endpointId: string,
    choice: ReplayChoice,
  ): Promise<{ readonly replay: Replay; readonly hasMore: boolean }> {
    return this.#database.write(ctx, async (tx) => {
      const endpoint = await getEnabled(tx.em, endpointId);
      const replayed = await replayChosen(tx.em, endpoint, choice, this.#clock.now());
      this.#wake(tx, endpoint);
      return replayed;
    });
  }

  #wake(tx: Transaction, endpoint: WebhookEndpoint): void {
    tx.afterCommit(() => this.#queue.add(endpoint));
  }
}

async function getEnabled(em: EntityManager, id: string): Promise<WebhookEndpoint> {
  const endpoint = await getEndpoint(em, id);
  if (endpoint.status === 'DISABLED') throw webhookErrors.WEBHOOK_DISABLED();
  return endpoint;
}

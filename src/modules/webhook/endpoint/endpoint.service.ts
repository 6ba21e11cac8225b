import type { Clock } from '../../../kernel/clock.js';
import type { Context } from '../../../kernel/context.js';
import { newId } from '../../../kernel/ids.js';
import { idempotencyKeyText, parseInput } from '../../../kernel/input.js';
import type { Page, PageRequest } from '../../../kernel/page.js';
import { requestHash } from '../../../platform/crypto/request-hash.js';
import type { Database } from '../../../platform/database/database.js';
import type { Transaction } from '../../../platform/database/transaction.js';
import { claimIdempotency } from '../../../platform/idempotency/idempotency.js';
import { requirePlanFeature } from '../../billing/index.js';
import { getSubaccount } from '../../tenancy/index.js';
import type { Dialect } from '../dialect/dialect.names.js';
import { WEBHOOK_PLACE } from '../feed/webhook-place.js';
import { webhookErrors } from '../webhook.errors.js';
import { endpointCreated, endpointDeleted, endpointUpdated, secretRotated } from '../webhook.events.js';
import type { WebhookFeature } from '../webhook.feature.js';
import { WebhookEndpoint } from './endpoint.entity.js';
import type { NewEndpoint } from './endpoint.entity.js';
import { parseGraceSeconds, parseTopics } from './endpoint.input.js';
import { findEndpoints, getEndpoint, listEndpoints, lockEndpoint } from './endpoint.queries.js';
import type { EndpointFilter } from './endpoint.queries.js';
import type { EndpointSecrets } from './endpoint.secrets.js';
import { requireDevice } from './endpoint-device.js';
import type { UrlCheck } from './url-check.js';

const MAX_ENDPOINTS = 100;

interface EndpointRequest {
  readonly subaccountId: string;
  /** Only what happens to this device; left out: all of the subaccount. */
  readonly deviceId?: string | null | undefined;
  readonly url: string;
  /** Left out: all. */
  readonly topics?: readonly string[] | null | undefined;
  readonly dialect?: Dialect | null | undefined;
  readonly idempotencyKey?: string | null | undefined;
}

/** What is left out stays. */
interface EndpointChanges {
  readonly url?: string | null | undefined;
  readonly topics?: readonly string[] | null | undefined;
  readonly enabled?: boolean | null | undefined;
}

export interface EndpointWithSecret {
  readonly endpoint: WebhookEndpoint;
  /** Shown this once. */
  readonly secret: string;
}

export interface EndpointServiceOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly secrets: EndpointSecrets;
  readonly urls: UrlCheck;
  readonly feature: WebhookFeature;
}

/** The endpoints of subaccounts: any number of them, each with topics and an optional device. */
export class WebhookEndpointService {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #secrets: EndpointSecrets;
  readonly #urls: UrlCheck;
  readonly #feature: WebhookFeature;

  constructor(options: EndpointServiceOptions) {
    this.#database = options.database;
    this.#clock = options.clock;
    this.#secrets = options.secrets;
    this.#urls = options.urls;
    this.#feature = options.feature;
  }

  get(ctx: Context, id: string): Promise<WebhookEndpoint> {
    return this.#database.read(ctx, (em) => getEndpoint(em, id));
  }

  /** In any order, without those that do not exist or may not be seen. */
  findMany(ctx: Context, ids: readonly string[]): Promise<WebhookEndpoint[]> {
    return this.#database.read(ctx, (em) => findEndpoints(em, ids));
  }

  list(
    ctx: Context,
    subaccountId: string,
    request: PageRequest,
    filter: EndpointFilter = {},
  ): Promise<Page<WebhookEndpoint>> {
    return this.#database.read(ctx, (em) => listEndpoints(em, subaccountId, request, filter));
  }

  /**
   * The secret is shown this once; only a repetition with the same idempotency key shows it again. Throws PLAN_FEATURE_MISSING, NOT_FOUND,
   * WEBHOOKS_NOT_INCLUDED, WEBHOOK_LIMIT_EXCEEDED, URL_NOT_ALLOWED or WEBHOOK_CHALLENGE_FAILED.
   */
  async create(ctx: Context, request: EndpointRequest): Promise<EndpointWithSecret> {
    // What an endpoint is told are messages and events.
    ctx.require('message:read');
    ctx.require('event:read');
    const { subaccountId, url, deviceId = null } = request;
    const dialect = request.dialect ?? 'TRUNKLINE';
    const topics = parseTopics(request.topics);
    const key =
      request.idempotencyKey == null
        ? null
        : parseInput(idempotencyKeyText(), request.idempotencyKey, 'input.idempotencyKey');
    await this.#urls.assertGood(url, dialect);
    return this.#database.write(ctx, async (tx) => {
      const { agencyId } = await getSubaccount(tx.em, subaccountId);
      const facts = { agencyId, subaccountId, deviceId, url, topics, dialect };
      if (key === null) return this.#create(tx, facts, newId(), this.#secrets.random());
      const claimed = await claimIdempotency(tx, {
        scopeId: subaccountId,
        agencyId,
        subaccountId,
        key,
        operation: 'createWebhookEndpoint',
        requestHash: requestHash({ deviceId, url, topics, dialect }),
      });
      const id = claimed.kind === 'new' ? newId() : claimed.resourceId;
      const secret = this.#secrets.derived(id);
      if (claimed.kind === 'replay') return { endpoint: await getEndpoint(tx.em, id), secret };
      const created = await this.#create(tx, facts, id, secret);
      await claimed.record(id);
      return created;
    });
  }

  /** Changes what is given. Switched on again it is told what happens from then on, and what was left to be delivered. */
  async update(ctx: Context, id: string, changes: EndpointChanges): Promise<WebhookEndpoint> {
    const topics = changes.topics == null ? null : parseTopics(changes.topics);
    const { url, enabled } = changes;
    if (url != null) await this.#urls.assertGood(url, (await this.get(ctx, id)).dialect);
    return this.#database.write(ctx, async (tx) => {
      const endpoint = await lockEndpoint(tx, id);
      const changed: string[] = [];
      if (url != null && url !== endpoint.url) changed.push('url');
      if (topics !== null && topics.join() !== endpoint.topics.join()) changed.push('topics');
      endpoint.url = url ?? endpoint.url;
      endpoint.topics = topics === null ? endpoint.topics : [...topics];
      if (enabled != null && (await this.#switch(tx, endpoint, enabled))) changed.push('status');
      if (changed.length === 0) return endpoint;
      endpoint.updatedAt = this.#clock.now();
      tx.append(endpointUpdated(endpoint, changed));
      return endpoint;
    });
  }

  /** What was left to be delivered to it is given up. */
  async delete(ctx: Context, id: string): Promise<void> {
    await this.#database.write(ctx, async (tx) => {
      const endpoint = await lockEndpoint(tx, id);
      await retireEndpoint(tx, endpoint, this.#clock.now());
    });
  }

  /** Both secrets sign for `graceSeconds`. */
  async rotateSecret(ctx: Context, id: string, graceSeconds: number): Promise<EndpointWithSecret> {
    const grace = parseGraceSeconds(graceSeconds);
    return this.#database.write(ctx, async (tx) => {
      const endpoint = await lockEndpoint(tx, id);
      const now = this.#clock.now();
      const secret = this.#secrets.random();
      this.#secrets.replace(endpoint, secret, new Date(now.getTime() + grace * 1_000));
      endpoint.updatedAt = now;
      tx.append(secretRotated(endpoint, grace));
      return { endpoint, secret };
    });
  }

  async #create(
    tx: Transaction,
    facts: Omit<NewEndpoint, 'sinceSeq' | 'kind'>,
    id: string,
    secret: string,
  ): Promise<EndpointWithSecret> {
    const { subaccountId, deviceId } = facts;
    await requirePlanFeature(tx.em, subaccountId, 'WEBHOOKS');
    if (deviceId !== null) await requireDevice(tx, this.#feature, deviceId, subaccountId);
    const count = await tx.em.count(WebhookEndpoint, { subaccountId, kind: 'ENDPOINT', deletedAt: null });
    if (count >= MAX_ENDPOINTS)
      throw webhookErrors.WEBHOOK_LIMIT_EXCEEDED({ data: { limit: MAX_ENDPOINTS } });
    const sinceSeq = await WEBHOOK_PLACE.claim(tx.em, subaccountId);
    const endpoint = WebhookEndpoint.create({ ...facts, kind: 'ENDPOINT', sinceSeq }, this.#clock.now(), id);
    this.#secrets.give(endpoint, secret);
    tx.em.persist(endpoint);
    tx.append(endpointCreated(endpoint));
    return { endpoint, secret };
  }

  async #switch(tx: Transaction, endpoint: WebhookEndpoint, on: boolean): Promise<boolean> {
    const now = this.#clock.now();
    if (on === (endpoint.status === 'ENABLED')) return false;
    if (on) endpoint.enable(await WEBHOOK_PLACE.claim(tx.em, endpoint.subaccountId), now);
    else endpoint.disable('BY_USER', now);
    return true;
  }
}

/** Deletes an endpoint; its deliveries can still be read until the retention takes them. */
export async function retireEndpoint(tx: Transaction, endpoint: WebhookEndpoint, now: Date): Promise<void> {
  endpoint.deletedAt = now;
  endpoint.updatedAt = now;
  await tx.em.execute(
    `update webhook_delivery set status = 'FAILED', due_at = null, last_error = 'ENDPOINT_DELETED', ended_at = ?
     where endpoint_id = ? and due_at is not null`,
    [now, endpoint.id],
  );
  tx.append(endpointDeleted(endpoint));
}

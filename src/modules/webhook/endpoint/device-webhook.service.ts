import type { Clock } from '../../../kernel/clock.js';
import type { Context } from '../../../kernel/context.js';
import { LockMode } from '@mikro-orm/core';
import type { Database } from '../../../platform/database/database.js';
import type { Transaction } from '../../../platform/database/transaction.js';
import { getSendingDevice } from '../../device/index.js';
import type { Dialect } from '../dialect/dialect.names.js';
import { WEBHOOK_PLACE } from '../feed/webhook-place.js';
import { endpointCreated, endpointUpdated } from '../webhook.events.js';
import type { WebhookFeature } from '../webhook.feature.js';
import { requireDevice } from './endpoint-device.js';
import { WebhookEndpoint } from './endpoint.entity.js';
import { findDeviceWebhooks } from './endpoint.queries.js';
import type { EndpointSecrets } from './endpoint.secrets.js';
import { retireEndpoint } from './endpoint.service.js';
import type { EndpointServiceOptions } from './endpoint.service.js';
import type { UrlCheck } from './url-check.js';

export interface DeviceWebhookRequest {
  readonly deviceId: string;
  /** null or empty removes it. */
  readonly url: string | null;
  /** Left out: as it was, at first TRUNKLINE. */
  readonly dialect?: Dialect | null | undefined;
  /** What refusals call the URL; default `input.url`. */
  readonly path?: string;
}

export interface DeviceWebhook {
  /** null: the device has none now. */
  readonly endpoint: WebhookEndpoint | null;
  /** Only when the device had no webhook before: shown this once. */
  readonly secret: string | null;
}

/** The one webhook that a device itself has: an endpoint like others, of that device's events. */
export class DeviceWebhookService {
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

  /** In any order; devices without a webhook are left out. */
  findDeviceWebhooks(ctx: Context, deviceIds: readonly string[]): Promise<readonly WebhookEndpoint[]> {
    return this.#database.read(ctx, (em) => findDeviceWebhooks(em, deviceIds));
  }

  /**
   * Sets, changes or removes it; the same again changes nothing. Throws NOT_FOUND, WEBHOOKS_NOT_INCLUDED, URL_NOT_ALLOWED, and in
   * the WAGY dialect WEBHOOK_CHALLENGE_FAILED before anything is stored.
   */
  async setDeviceWebhook(ctx: Context, request: DeviceWebhookRequest): Promise<DeviceWebhook> {
    const { deviceId, path } = request;
    const url = request.url?.trim() ?? '';
    if (url === '') return this.#remove(ctx, deviceId);
    ctx.require('message:read');
    const [known] = await this.findDeviceWebhooks(ctx, [deviceId]);
    const dialect = request.dialect ?? known?.dialect ?? 'TRUNKLINE';
    if (known === undefined)
      await this.#database.read(ctx, (em) => requireDevice({ em }, this.#feature, deviceId));
    if (known?.url !== url || known.dialect !== dialect) await this.#urls.assertGood(url, dialect, path);
    return this.#database.write(ctx, async (tx) => {
      const device = await requireDevice(tx, this.#feature, deviceId);
      const endpoint = await lockDeviceWebhook(tx, deviceId);
      return endpoint === null
        ? this.#create(tx, { ...device, url, dialect })
        : this.#change(tx, endpoint, { url, dialect });
    });
  }

  #remove(ctx: Context, deviceId: string): Promise<DeviceWebhook> {
    return this.#database.write(ctx, async (tx) => {
      await getSendingDevice(tx, deviceId);
      const endpoint = await lockDeviceWebhook(tx, deviceId);
      if (endpoint !== null) await retireEndpoint(tx, endpoint, this.#clock.now());
      return { endpoint: null, secret: null };
    });
  }

  async #create(
    tx: Transaction,
    facts: { id: string; agencyId: string; subaccountId: string; url: string; dialect: Dialect },
  ): Promise<DeviceWebhook> {
    const { id: deviceId, agencyId, subaccountId, url, dialect } = facts;
    const sinceSeq = await WEBHOOK_PLACE.claim(tx.em, subaccountId);
    const endpoint = WebhookEndpoint.create(
      { agencyId, subaccountId, deviceId, kind: 'DEVICE', url, topics: [], dialect, sinceSeq },
      this.#clock.now(),
    );
    const secret = this.#secrets.random();
    this.#secrets.give(endpoint, secret);
    tx.em.persist(endpoint);
    tx.append(endpointCreated(endpoint));
    return { endpoint, secret };
  }

  /** Setting it also switches it on again. */
  async #change(
    tx: Transaction,
    endpoint: WebhookEndpoint,
    to: { url: string; dialect: Dialect },
  ): Promise<DeviceWebhook> {
    const changed = (['url', 'dialect'] as const).filter((field) => endpoint[field] !== to[field]);
    const now = this.#clock.now();
    const on = endpoint.status === 'DISABLED';
    if (on) endpoint.enable(await WEBHOOK_PLACE.claim(tx.em, endpoint.subaccountId), now);
    if (changed.length > 0 || on) {
      Object.assign(endpoint, to, { updatedAt: now });
      tx.append(endpointUpdated(endpoint, on ? [...changed, 'status'] : changed));
    }
    return { endpoint, secret: null };
  }
}

function lockDeviceWebhook(tx: Transaction, deviceId: string): Promise<WebhookEndpoint | null> {
  return tx.em.findOne(
    WebhookEndpoint,
    { kind: 'DEVICE', deviceId, deletedAt: null },
    { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true },
  );
}

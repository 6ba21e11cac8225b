import { newId } from '../../../kernel/ids.js';
import { p, tenantEntity } from '../../../platform/database/tenant-entity.js';
import type { Dialect } from '../dialect/dialect.names.js';

export const ENDPOINT_STATUSES = ['ENABLED', 'DISABLED'] as const;
export type EndpointStatus = (typeof ENDPOINT_STATUSES)[number];

export const DISABLED_REASONS = [
  /** Somebody switched it off. */
  'BY_USER',
  /** The receiver answered 410. */
  'GONE',
  /** Nothing but failures for days. */
  'FAILING',
] as const;
export type DisabledReason = (typeof DISABLED_REASONS)[number];

/** Why a person should look at an endpoint. */
export const ENDPOINT_ATTENTIONS = ['FAILING', 'DISABLED_FAILING', 'DISABLED_GONE'] as const;
export type EndpointAttention = (typeof ENDPOINT_ATTENTIONS)[number];

/** After so long without a single success an endpoint is switched off. */
export const MAX_FAILING_MS = 5 * 24 * 60 * 60_000;

const EndpointSchema = tenantEntity({
  name: 'WebhookEndpoint',
  tableName: 'webhook_endpoint',
  properties: {
    // Only what happens to this device; null: all of the subaccount.
    deviceId: p.uuid().nullable(),
    // DEVICE: the one webhook that a device itself has.
    kind: p.text().$type<'ENDPOINT' | 'DEVICE'>(),
    url: p.text(),
    // Empty: all.
    topics: p.array(),
    dialect: p.text().$type<Dialect>(),
    status: p.text().$type<EndpointStatus>(),
    disabledReason: p.text().$type<DisabledReason>().nullable(),
    disabledAt: p.datetime().nullable(),
    failingSince: p.datetime().nullable(),
    lastSuccessAt: p.datetime().nullable(),
    // Events up to here happened before the endpoint was there, or while it was switched off.
    sinceSeq: p.bigint('number'),
    // The endpoint's own key, wrapped by the master key; it seals the secrets.
    wrappedKey: p.blob(),
    secret: p.blob(),
    previousSecret: p.blob().nullable(),
    previousSecretUntil: p.datetime().nullable(),
    createdAt: p.datetime(),
    updatedAt: p.datetime(),
    deletedAt: p.datetime().nullable(),
  },
});

export interface NewEndpoint {
  readonly agencyId: string;
  readonly subaccountId: string;
  readonly deviceId: string | null;
  readonly kind: 'ENDPOINT' | 'DEVICE';
  readonly url: string;
  readonly topics: readonly string[];
  readonly dialect: Dialect;
  readonly sinceSeq: number;
}

/** Where what happens in a subaccount is sent to. */
export class WebhookEndpoint extends EndpointSchema.class {
  /** Without its keys, which whoever makes it adds. */
  static create(facts: NewEndpoint, now: Date, id: string = newId()): WebhookEndpoint {
    const endpoint = new WebhookEndpoint();
    const { topics, ...others } = facts;
    Object.assign(endpoint, others, { id, topics: [...topics], createdAt: now, updatedAt: now });
    endpoint.status = 'ENABLED';
    for (const field of NULL_AT_FIRST) endpoint[field] = null;
    return endpoint;
  }

  disable(reason: DisabledReason, now: Date): void {
    this.status = 'DISABLED';
    this.disabledReason = reason;
    this.disabledAt = now;
    this.updatedAt = now;
  }

  /** What happened meanwhile is not made up for: `sinceSeq` is the place of the latest event. */
  enable(sinceSeq: number, now: Date): void {
    this.status = 'ENABLED';
    this.disabledReason = null;
    this.disabledAt = null;
    this.failingSince = null;
    this.sinceSeq = sinceSeq;
    this.updatedAt = now;
  }

  /** A try failed; returns whether that was the last straw. */
  hasFailedTooLong(now: Date): boolean {
    return this.failingSince instanceof Date && now.getTime() - this.failingSince.getTime() >= MAX_FAILING_MS;
  }

  get attention(): readonly EndpointAttention[] {
    if (this.status === 'ENABLED') return this.failingSince == null ? [] : ['FAILING'];
    if (this.disabledReason === 'GONE') return ['DISABLED_GONE'];
    return this.disabledReason === 'FAILING' ? ['DISABLED_FAILING'] : [];
  }
}

EndpointSchema.setClass(WebhookEndpoint);

const NULL_AT_FIRST = [
  'disabledReason',
  'disabledAt',
  'failingSince',
  'lastSuccessAt',
  'previousSecret',
  'previousSecretUntil',
  'deletedAt',
] as const;

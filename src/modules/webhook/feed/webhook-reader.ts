import type { Clock } from '../../../kernel/clock.js';
import type { Context } from '../../../kernel/context.js';
import { eventIdOf } from '../../../kernel/events.js';
import type { StoredEvent } from '../../../kernel/events.js';
import type { Database } from '../../../platform/database/database.js';
import type { Transaction } from '../../../platform/database/transaction.js';
import { readEvents } from '../../../platform/events/log-reader.js';
import { idIn, loadSubjects } from '../../messaging/index.js';
import type { Media, MediaLinks, Subject } from '../../messaging/index.js';
import { WORDS } from '../dialect/words.js';
import type { Dialect } from '../dialect/dialect.names.js';
import { WebhookDelivery } from '../delivery/delivery.entity.js';
import type { DeliveryQueue } from '../delivery/delivery.queue.js';
import { WebhookEndpoint } from '../endpoint/endpoint.entity.js';
import type { WebhookFeature } from '../webhook.feature.js';
import { WEBHOOK_PLACE } from './webhook-place.js';

const BATCH_SIZE = 100;
/** Links in bodies outlive all tries of a delivery. */
const LINK_LIFETIME_MS = 7 * 24 * 60 * 60_000;

/** What of a payload names a conversation, or else the thing that must be told about in order. */
const LANES = ['conversationId', 'dealId', 'contactId', 'deviceId', 'webhookEndpointId'] as const;

/**
 * Reads a subaccount's stream of events and makes of each one a delivery for every endpoint that wants it, in the transaction that moves its
 * place: however often it is interrupted, and whoever else reads, an event becomes one delivery for an endpoint.
 */
export class WebhookReader {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #feature: WebhookFeature;
  readonly #links: Pick<MediaLinks, 'linkTo'>;
  readonly #queue: DeliveryQueue;

  constructor(options: {
    readonly database: Database;
    readonly clock: Clock;
    readonly feature: WebhookFeature;
    readonly links: Pick<MediaLinks, 'linkTo'>;
    readonly queue: DeliveryQueue;
  }) {
    this.#database = options.database;
    this.#clock = options.clock;
    this.#feature = options.feature;
    this.#links = options.links;
    this.#queue = options.queue;
  }

  /** Reads to the end of the stream, or to where somebody else took over. */
  async readOn(ctx: Context, subaccountId: string, signal: AbortSignal): Promise<void> {
    while (!signal.aborted && (await this.#readBatch(ctx, subaccountId))) {
      // Goes on with the next batch.
    }
  }

  /** Returns whether there may be more. */
  #readBatch(ctx: Context, subaccountId: string): Promise<boolean> {
    return this.#database.write(ctx, async (tx) => {
      const place = await WEBHOOK_PLACE.take(tx.em, subaccountId);
      if (place === null) return false;
      const endpoints = await tx.em.find(WebhookEndpoint, {
        subaccountId,
        status: 'ENABLED',
        deletedAt: null,
      });
      if (endpoints.length === 0) {
        await WEBHOOK_PLACE.retire(tx.em, subaccountId);
        return false;
      }
      const events = await readEvents(tx.em, subaccountId, place, BATCH_SIZE);
      const last = events.at(-1);
      if (last === undefined) return false;
      await this.#deliver(tx, endpoints, events);
      await WEBHOOK_PLACE.move(tx.em, subaccountId, last.seq);
      return events.length === BATCH_SIZE;
    });
  }

  async #deliver(
    tx: Transaction,
    endpoints: readonly WebhookEndpoint[],
    events: readonly StoredEvent[],
  ): Promise<void> {
    const entitled = await this.#entitled(tx, events);
    const wanted = events.filter((event) => endpoints.some((endpoint) => wants(endpoint, event, entitled)));
    if (wanted.length === 0) return;
    const subjectOf = await loadSubjects(tx.em, wanted);
    const reached = new Set<WebhookEndpoint>();
    for (const event of wanted) {
      const subject = subjectOf(event);
      const bodies = new Map<Dialect, string | null>();
      for (const endpoint of endpoints.filter((each) => wants(each, event, entitled))) {
        const { dialect } = endpoint;
        const body = bodies.get(dialect) ?? this.#bodyOf(dialect, event, subject);
        bodies.set(dialect, body);
        if (body === null) continue;
        tx.em.persist(WebhookDelivery.create(deliveryOf(endpoint, event, subject, body), this.#clock.now()));
        reached.add(endpoint);
      }
    }
    for (const endpoint of reached) tx.afterCommit(() => this.#queue.add(endpoint));
  }

  #bodyOf(dialect: Dialect, event: StoredEvent, subject: Subject): string | null {
    const linkTo = (media: Media): string => this.#links.linkTo(media, LINK_LIFETIME_MS);
    const told = WORDS[dialect].tell({ event, subject, linkTo });
    return told === null ? null : JSON.stringify(told);
  }

  /** Devices among those that the events are about whose packages include webhooks. */
  #entitled(tx: Transaction, events: readonly StoredEvent[]): Promise<ReadonlySet<string>> {
    const ids = new Set(events.map(({ payload }) => idIn(payload, 'deviceId')).filter((id) => id !== ''));
    return this.#feature.among(tx.em, [...ids]);
  }
}

function wants(endpoint: WebhookEndpoint, event: StoredEvent, entitled: ReadonlySet<string>): boolean {
  const { seq, topic, payload } = event;
  const deviceId = idIn(payload, 'deviceId');
  if (seq <= endpoint.sinceSeq || (deviceId !== '' && !entitled.has(deviceId))) return false;
  if (endpoint.deviceId != null && endpoint.deviceId !== deviceId) return false;
  // Nobody is told of itself.
  if (payload['webhookEndpointId'] === endpoint.id) return false;
  return endpoint.topics.length === 0 || endpoint.topics.includes(topic);
}

function deliveryOf(
  endpoint: WebhookEndpoint,
  event: StoredEvent,
  { contact, message }: Subject,
  body: string,
): Parameters<typeof WebhookDelivery.create>[0] {
  const { agencyId, subaccountId, id: endpointId, dialect } = endpoint;
  const { payload, seq, topic } = event;
  const lane = LANES.map((name) => idIn(payload, name)).find((id) => id !== '') ?? null;
  const deviceId = idIn(payload, 'deviceId');
  const answers = WORDS[dialect].replies !== undefined && message?.direction === 'INBOUND';
  return {
    agencyId,
    subaccountId,
    endpointId,
    deviceId: deviceId === '' ? null : deviceId,
    eventId: eventIdOf(event),
    eventSeq: seq,
    topic,
    lane,
    body,
    replyTo: answers ? (contact?.phoneNumber ?? null) : null,
  };
}

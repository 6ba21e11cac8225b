import type { Clock } from '../../../kernel/clock.js';
import type { Context } from '../../../kernel/context.js';
import { AppError } from '../../../kernel/errors.js';
import { toPublicId } from '../../../kernel/ids.js';
import type { OutboundHttp } from '../../../platform/outbound/outbound-http.js';
import { signedHeaders } from '../../../platform/outbound/signed-headers.js';
import { WORDS } from '../dialect/words.js';
import type { WebhookEndpoint } from '../endpoint/endpoint.entity.js';
import type { EndpointSecrets } from '../endpoint/endpoint.secrets.js';
import type { WebhookDelivery } from './delivery.entity.js';
import type { DeliveryLedger, TryResult } from './delivery-ledger.js';
import type { DeliveryQueue, DueEndpoint } from './delivery.queue.js';
import type { Replies } from './replies.js';

/** First tries of one endpoint that run at once, and as many others: what hangs again and again holds nothing new back. */
const SLOTS = 3;
const LOOK_AGAIN_MS = 250;
/** After so long an endpoint queues up behind the others. */
const TURN_MS = 10_000;
/** Of an answer; a reply has to fit in. */
const MAX_RESPONSE_BYTES = 64 * 1024;

type Answer = Pick<TryResult, 'statusCode' | 'error' | 'response' | 'retryAfter'>;

/** Delivers what is due to one endpoint at a time: a few tries at once, for a turn, then others have theirs. */
export class Deliverer {
  readonly #clock: Clock;
  readonly #ledger: DeliveryLedger;
  readonly #queue: DeliveryQueue;
  readonly #secrets: EndpointSecrets;
  readonly #http: Pick<OutboundHttp, 'call'>;
  readonly #replies: Replies;

  constructor(options: {
    readonly clock: Clock;
    readonly ledger: DeliveryLedger;
    readonly queue: DeliveryQueue;
    readonly secrets: EndpointSecrets;
    readonly outboundHttp: Pick<OutboundHttp, 'call'>;
    readonly replies: Replies;
  }) {
    this.#clock = options.clock;
    this.#ledger = options.ledger;
    this.#queue = options.queue;
    this.#secrets = options.secrets;
    this.#http = options.outboundHttp;
    this.#replies = options.replies;
  }

  /** Until nothing is due any more or the turn is over. Once `signal` is aborted nothing new is begun, and what runs is broken off. */
  async deliver(ctx: Context, due: DueEndpoint, signal: AbortSignal): Promise<void> {
    const turnEndsAtMs = this.#clock.monotonicMs() + TURN_MS;
    const firsts = new Set<Promise<void>>();
    const retries = new Set<Promise<void>>();
    const failures: unknown[] = [];
    while (!signal.aborted && failures.length === 0 && this.#clock.monotonicMs() < turnEndsAtMs) {
      const free = { firsts: SLOTS - firsts.size, retries: SLOTS - retries.size };
      for (const { endpoint, delivery } of await this.#ledger.claim(ctx, due.id, free)) {
        const running = delivery.tries === 0 ? firsts : retries;
        const run = this.#try(ctx, endpoint, delivery, signal)
          .catch((error: unknown) => failures.push(error))
          .then(() => void running.delete(run));
        running.add(run);
      }
      if (firsts.size + retries.size === 0) return;
      // Something new may come while what runs hangs.
      await Promise.race([...firsts, ...retries, this.#clock.sleep(LOOK_AGAIN_MS)]);
    }
    await Promise.all([...firsts, ...retries]);
    if (failures.length > 0) throw failures[0];
    if (!signal.aborted) await this.#queue.add(due);
  }

  async #try(
    ctx: Context,
    endpoint: WebhookEndpoint,
    delivery: WebhookDelivery,
    signal: AbortSignal,
  ): Promise<void> {
    const startedAt = this.#clock.now();
    const startedAtMs = this.#clock.monotonicMs();
    let answer: Answer;
    try {
      answer = await this.#post(endpoint, delivery, startedAt, signal);
    } catch (error) {
      if (!signal.aborted) throw error;
      await this.#ledger.release(ctx, delivery);
      return;
    }
    const durationMs = Math.round(this.#clock.monotonicMs() - startedAtMs);
    const replyMessageId = await this.#reply(ctx, endpoint, delivery, answer);
    await this.#ledger.settle(ctx, delivery, { ...answer, startedAt, durationMs, replyMessageId });
  }

  async #post(
    endpoint: WebhookEndpoint,
    delivery: WebhookDelivery,
    now: Date,
    signal: AbortSignal,
  ): Promise<Answer> {
    const nothing = { statusCode: null, error: null, response: null, retryAfter: null };
    const words = WORDS[endpoint.dialect];
    const secrets = this.#secrets.live(endpoint, now);
    try {
      const outcome = await this.#http.call(endpoint.url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          ...signedHeaders(
            { id: toPublicId('WebhookDelivery', delivery.id), body: delivery.body },
            secrets,
            now,
          ),
          ...words.headers?.(delivery.body, secrets[0]),
        },
        body: delivery.body,
        timeoutMs: words.timeoutMs,
        maxResponseBytes: MAX_RESPONSE_BYTES,
        signal,
      });
      if (outcome.kind !== 'ANSWERED') return { ...nothing, error: outcome.kind };
      const { status, text, retryAfter } = outcome;
      return { ...nothing, statusCode: status, response: text, retryAfter };
    } catch (error) {
      // The configuration of the server lets it through no more.
      if (error instanceof AppError && error.reason === 'URL_NOT_ALLOWED')
        return { ...nothing, error: 'URL_NOT_ALLOWED' };
      throw error;
    }
  }

  async #reply(
    ctx: Context,
    endpoint: WebhookEndpoint,
    delivery: WebhookDelivery,
    { statusCode, response }: Answer,
  ): Promise<string | null> {
    const isGood = statusCode !== null && statusCode >= 200 && statusCode < 300;
    const replies = isGood ? (WORDS[endpoint.dialect].replies?.(response ?? '') ?? []) : [];
    return replies.length === 0 ? null : this.#replies.send(ctx, delivery, replies);
  }
}

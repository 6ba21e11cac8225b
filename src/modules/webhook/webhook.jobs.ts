import type { Clock } from '../../kernel/clock.js';
import { Context } from '../../kernel/context.js';
import { asSystem } from '../../kernel/system-context.js';
import type { Database } from '../../platform/database/database.js';
import type { Job } from '../../platform/queue/job-contracts.js';
import type { Deliverer } from './delivery/deliverer.js';
import type { DeliveryQueue } from './delivery/delivery.queue.js';

/** The maintenance that webhooks need, and how often. */
export const WEBHOOK_SCHEDULES = [
  { name: 'webhooks.wake_due', everyMs: 2_000 },
  { name: 'webhooks.trim', everyMs: 60 * 60_000 },
] as const;

const RETENTION_MS = 14 * 24 * 60 * 60_000;
const ENDPOINTS_AT_ONCE = 10_000;
const TRIM_STEP = 1_000;
/** How long requests under way may still take when the process stops. */
const STOP_GRACE_MS = 3_000;

/** Consumers of the `webhook` and `maintenance` queues. */
export class WebhookJobs {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #queue: DeliveryQueue;
  readonly #deliverer: Deliverer;
  readonly #stopping = new AbortController();

  constructor(options: {
    readonly database: Database;
    readonly clock: Clock;
    readonly queue: DeliveryQueue;
    readonly deliverer: Deliverer;
  }) {
    this.#database = options.database;
    this.#clock = options.clock;
    this.#queue = options.queue;
    this.#deliverer = options.deliverer;
  }

  async webhook(job: Job<'webhook'>, signal: AbortSignal): Promise<void> {
    const { endpointId: id, agencyId, subaccountId } = job.data;
    const ctx = Context.forJob(job.name, { agencyId, subaccountId });
    const due = { id, agencyId, subaccountId };
    await this.#deliverer.deliver(ctx, due, AbortSignal.any([signal, this.#stopping.signal]));
  }

  /** Returns whether the job was one of webhooks'. */
  async maintenance(job: Job<'maintenance'>, signal: AbortSignal): Promise<boolean> {
    switch (job.name) {
      case 'webhooks.wake_due':
        await this.#wakeDue(signal);
        return true;
      case 'webhooks.trim':
        await this.#trim();
        return true;
      default:
        return false;
    }
  }

  /** Requests that take longer than a moment are broken off, and made again by another process. */
  stop(): void {
    setTimeout(() => this.#stopping.abort(), STOP_GRACE_MS).unref();
  }

  async #wakeDue(signal: AbortSignal): Promise<void> {
    const due = await this.#database.callFunction(
      asSystem('find endpoints with deliveries that are due'),
      'list_endpoints_with_due_deliveries',
      [this.#clock.now(), ENDPOINTS_AT_ONCE],
    );
    for (const endpoint of due) {
      if (signal.aborted) return;
      await this.#queue.add(endpoint);
    }
  }

  async #trim(): Promise<void> {
    const before = new Date(this.#clock.now().getTime() - RETENTION_MS);
    for (let removed = TRIM_STEP; removed === TRIM_STEP;) {
      const ctx = asSystem('old deliveries of webhooks');
      const [row] = await this.#database.callFunction(ctx, 'purge_webhook_deliveries', [before, TRIM_STEP]);
      removed = Number(row?.value ?? 0);
    }
  }
}

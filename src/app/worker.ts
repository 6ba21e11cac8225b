import {
  ConversationWaker,
  DeadMessageService,
  MediaFetchService,
  MediaSweepService,
  MESSAGING_SCHEDULES,
  MessagingJobs,
} from '../modules/messaging/index.js';
import { Context } from '../kernel/context.js';
import { asSystem } from '../kernel/system-context.js';
import { forgetOldIdempotencyKeys } from '../platform/idempotency/idempotency.js';
import { AUTOMATION_SCHEDULES, type AutomationJobs } from '../modules/automation/index.js';
import { INBOX_SCHEDULES, type InboxJobs } from '../modules/inbox/index.js';
import { WEBHOOK_SCHEDULES, type WebhookJobs } from '../modules/webhook/index.js';
import type { StreamNews } from '../platform/events/stream-news.js';
import {
  AUTOMATION_QUEUE,
  BULK_QUEUE,
  MAINTENANCE_QUEUE,
  MEDIA_QUEUE,
  WEBHOOK_QUEUE,
  type Job,
  type JobName,
} from '../platform/queue/job-contracts.js';
import type { Consumer } from '../platform/queue/queues.js';
import { createAutomationWork } from './automation.js';
import type { BulkRunner } from '../modules/contact/index.js';
import { createBulkRunner } from './contacts.js';
import { createInboxJobs } from './inbox.js';
import type { Infrastructure } from './infrastructure.js';
import type { Services } from './services.js';
import { createInbound } from './sessions.js';
import { createWebhookWork } from './webhooks.js';

const HOUR_MS = 60 * 60_000;
const SCHEDULES: readonly { readonly name: JobName<'maintenance'>; readonly everyMs: number }[] = [
  ...MESSAGING_SCHEDULES,
  ...WEBHOOK_SCHEDULES,
  ...AUTOMATION_SCHEDULES,
  ...INBOX_SCHEDULES,
  { name: 'events.trim', everyMs: HOUR_MS },
  { name: 'idempotency_keys.trim', everyMs: HOUR_MS },
  { name: 'partitions.extend', everyMs: 24 * HOUR_MS },
  { name: 'node_queues.remove', everyMs: HOUR_MS },
  { name: 'usage.count', everyMs: 5_000 },
  { name: 'audit.collect', everyMs: 5_000 },
  { name: 'audit.trim', everyMs: 24 * HOUR_MS },
  { name: 'bulk_operations.wake_due', everyMs: 5_000 },
  { name: 'bulk_operations.trim', everyMs: HOUR_MS },
];
/** Fetches wait for other people's servers. */
const MEDIA_CONCURRENCY = 8;
/** Endpoints that are delivered to at once: a turn mostly waits for the receiver. */
const WEBHOOK_CONCURRENCY = 64;
/** Subaccounts whose rules run at once, and calls that wait for somebody's server. */
const AUTOMATION_CONCURRENCY = 32;
/** Each is a stream of transactions, one after another; messages of others go before. */
const BULK_CONCURRENCY = 2;
const MAINTENANCE_CONCURRENCY = 4;
/** With what a schedule itself takes, everything goes on within 15 s of the loss of the queues. */
const SCHEDULES_CHECK_MS = 5_000;
const ALIVE_WITHIN = '2 minutes';

/** The background work of this process: fetching media, and what keeps tables small and nothing forgotten. */
export class Worker {
  readonly #infrastructure: Infrastructure;
  readonly #services: Services;
  readonly #messaging: MessagingJobs;
  readonly #webhooks: { readonly news: StreamNews; readonly jobs: WebhookJobs };
  readonly #automation: { readonly news: StreamNews; readonly jobs: AutomationJobs };
  readonly #bulk: BulkRunner;
  readonly #inbox: InboxJobs;
  readonly #stopping = new AbortController();
  #consumers: readonly Consumer[] = [];
  #keeping: Promise<void> = Promise.resolve();

  constructor(infrastructure: Infrastructure, services: Services) {
    this.#infrastructure = infrastructure;
    this.#services = services;
    this.#messaging = createMessagingJobs(infrastructure, services);
    this.#webhooks = createWebhookWork(infrastructure, services);
    this.#automation = createAutomationWork(infrastructure, services);
    this.#bulk = createBulkRunner(infrastructure, services);
    this.#inbox = createInboxJobs(infrastructure, services);
  }

  async start(): Promise<void> {
    const { queues } = this.#infrastructure;
    // Only those that nobody wrote: all of them can wait until the first rush is over.
    await this.#schedule(await queues.findSchedules(MAINTENANCE_QUEUE));
    this.#consumers = [
      queues.consume(MEDIA_QUEUE, (job, signal) => this.#messaging.media(job, signal), {
        concurrency: MEDIA_CONCURRENCY,
      }),
      queues.consume(WEBHOOK_QUEUE, (job, signal) => this.#webhooks.jobs.webhook(job, signal), {
        concurrency: WEBHOOK_CONCURRENCY,
      }),
      queues.consume(AUTOMATION_QUEUE, (job, signal) => this.#automation.jobs.automation(job, signal), {
        concurrency: AUTOMATION_CONCURRENCY,
      }),
      queues.consume(BULK_QUEUE, (job, signal) => this.#runBulk(job, signal), {
        concurrency: BULK_CONCURRENCY,
      }),
      queues.consume(MAINTENANCE_QUEUE, (job, signal) => this.#maintain(job, signal), {
        concurrency: MAINTENANCE_CONCURRENCY,
      }),
    ];
    this.#webhooks.news.start();
    this.#automation.news.start();
    this.#keeping = this.#keepSchedules();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#webhooks.jobs.stop();
    this.#automation.jobs.stop();
    await this.#keeping;
    await Promise.all([
      this.#webhooks.news.stop(),
      this.#automation.news.stop(),
      ...this.#consumers.map((consumer) => consumer.close()),
    ]);
    this.#consumers = [];
  }

  async #schedule(known: ReadonlySet<string>): Promise<void> {
    const { queues } = this.#infrastructure;
    for (const { name, everyMs } of SCHEDULES) {
      if (known.has(name)) continue;
      await queues.schedule(MAINTENANCE_QUEUE, name, { everyMs }, { name, data: {} });
    }
  }

  /** Writes all of them once, as this version has them. A store that was emptied has forgotten them, too: then nothing would be found any more. */
  async #keepSchedules(): Promise<void> {
    const { queues, clock, logger } = this.#infrastructure;
    const { signal } = this.#stopping;
    let areWritten = false;
    for (;;) {
      try {
        await clock.sleep(SCHEDULES_CHECK_MS, signal);
      } catch {
        return;
      }
      try {
        await this.#schedule(areWritten ? await queues.findSchedules(MAINTENANCE_QUEUE) : new Set());
        areWritten = true;
      } catch (err) {
        logger.warn({ err }, 'schedules could not be checked');
      }
    }
  }

  async #runBulk({ name, data }: Job<'bulk'>, signal: AbortSignal): Promise<void> {
    const { operationId, ...scope } = data;
    const stopping = AbortSignal.any([signal, this.#stopping.signal]);
    await this.#bulk.run(Context.forJob(name, scope), operationId, stopping);
  }

  async #maintain(job: Job<'maintenance'>, signal: AbortSignal): Promise<void> {
    const { database, clock } = this.#infrastructure;
    if (await this.#messaging.maintenance(job, signal)) return;
    if (await this.#webhooks.jobs.maintenance(job, signal)) return;
    if (await this.#automation.jobs.maintenance(job, signal)) return;
    if (await this.#inbox.maintenance(job, signal)) return;
    switch (job.name) {
      case 'events.trim':
        await this.#services.eventLog.trim();
        return;
      case 'usage.count':
        await this.#services.usageCounter.countAll(signal);
        return;
      case 'audit.collect':
        await this.#services.auditCollector.collectAll(signal);
        return;
      case 'audit.trim':
        await this.#services.auditRetention.apply();
        return;
      case 'bulk_operations.wake_due':
        await this.#bulk.wakeDue();
        return;
      case 'bulk_operations.trim':
        await this.#bulk.trim(signal);
        return;
      case 'idempotency_keys.trim':
        await forgetOldIdempotencyKeys(database, clock.now());
        return;
      case 'partitions.extend':
        await database.callFunction(asSystem(job.name), 'ensure_message_partitions', [clock.now()]);
        await database.callFunction(asSystem(job.name), 'ensure_audit_partitions', [clock.now()]);
        return;
      case 'node_queues.remove':
        await this.#removeDeadNodes();
        return;
      default:
        throw new Error(`nobody does ${job.name}`);
    }
  }

  async #removeDeadNodes(): Promise<void> {
    const { database, queues, logger } = this.#infrastructure;
    const rows = await database.read(asSystem('live processes'), (em) =>
      em.execute<{ name: string }[]>(
        `select name from process where heartbeat_at > clock_timestamp() - interval '${ALIVE_WITHIN}'`,
      ),
    );
    const removed = await queues.removeDeadNodes(new Set(rows.map(({ name }) => name)));
    if (removed.length > 0) logger.info({ nodes: removed }, 'queues of dead processes removed');
  }
}

function createMessagingJobs(infrastructure: Infrastructure, services: Services): MessagingJobs {
  const { database, clock } = infrastructure;
  const { outboundHttp, mediaStore: store, waker, mediaQueue: queue } = services;
  return new MessagingJobs({
    mediaFetches: new MediaFetchService({ database, clock, outboundHttp, store, waker }),
    mediaSweep: new MediaSweepService({ database, clock, queue, waker, store }),
    inbound: createInbound(infrastructure, services),
    deadMessages: new DeadMessageService({ database, clock }),
    conversations: new ConversationWaker({ database, clock }),
  });
}

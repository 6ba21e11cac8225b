import { UnrecoverableError } from 'bullmq';
import type { Job as BullJob, JobsOptions, RepeatOptions } from 'bullmq';
import { AppError } from '../../kernel/errors.js';
import type { Logger } from '../logging/logger.js';
import { throttledWarn } from '../logging/throttled-log.js';
import { queueErrors } from './broker.js';
import type { Broker, BullQueue, BullWorker } from './broker.js';
import { parseJob, WAKE_PREFIX, wakeQueue } from './job-contracts.js';
import type { DeviceJobData, Job, JobData, JobName, QueueFamily, QueueRef } from './job-contracts.js';
import { DEFAULT_JOB_OPTIONS, MAX_STALLED } from './queue-policy.js';

const ADD_TIMEOUT_MS = 5_000;
/**
 * A dead process keeps its jobs for the first, and the second says how often somebody looks for such. By the library's own 30 s each, all
 * repeated work would rest for up to a minute after a crash.
 */
const JOB_LOCK_MS = 15_000;
const LOOK_FOR_DEAD_EVERY_MS = 5_000;
/** Longer waits belong into the database: a delayed job cannot be looked at, changed or trusted to survive. */
const MAX_WAKE_DELAY_MS = 60_000;

export interface AddOptions {
  /** At most one job of this id waits and one runs; adds while it runs lead to one more run. */
  readonly dedupeId?: string;
}

export interface ConsumeOptions {
  readonly concurrency: number;
}

export interface QueueDepth {
  readonly family: QueueFamily;
  readonly jobs: Readonly<Record<string, number>>;
}

/** Stops a consumer; resolves when its running jobs are done. */
export interface Consumer {
  close(): Promise<void>;
}

/**
 * Work is done when it throws nothing. An {@link AppError} that is not retryable fails the job for good, anything else
 * is tried again as the queue's policy says.
 */
export type JobHandler<F extends QueueFamily> = (job: Job<F>, signal: AbortSignal) => Promise<void>;

/** Adds and consumes jobs by their contracts. Jobs are added after the transaction that made them due has committed. */
export class Queues {
  readonly #broker: Broker;
  readonly #logger: Logger;
  readonly #warn: (error: Error, message: string) => void;
  readonly #queues = new Map<string, BullQueue>();
  readonly #workers = new Set<BullWorker>();
  readonly #consumed = new Map<string, QueueRef>();

  constructor(broker: Broker, logger: Logger) {
    this.#broker = broker;
    this.#logger = logger;
    this.#warn = throttledWarn(logger);
  }

  /** Throws QUEUE_UNAVAILABLE when the broker does not answer. */
  async add<F extends QueueFamily, N extends JobName<F>>(
    queue: QueueRef<F>,
    name: N,
    data: JobData<F, N>,
    options: AddOptions = {},
  ): Promise<void> {
    await this.#add(queue, name, data, options.dedupeId === undefined ? {} : dedupe(options.dedupeId));
  }

  /**
   * Wakes a device in the process `node`. Never throws: a wake-up is a hint, the sweeper finds what it would have
   * told. A delayed one has an id of its own, because a delayed job swallows an immediate one of the same id.
   */
  async wake(node: string, name: JobName<'wake'>, data: DeviceJobData, delayMs = 0): Promise<void> {
    if (delayMs > MAX_WAKE_DELAY_MS) throw new RangeError(`a wake-up waits ${MAX_WAKE_DELAY_MS} ms at most`);
    const id = `${name}/${data.deviceId}`;
    const dueSecond = Math.ceil((Date.now() + delayMs) / 1_000);
    const options = delayMs > 0 ? { ...dedupe(`${id}@${dueSecond}`), delay: delayMs } : dedupe(id);
    try {
      await this.#add(wakeQueue(node), name, data, options);
    } catch (error) {
      this.#warn(error instanceof Error ? error : new Error(String(error)), 'wake-up lost');
    }
  }

  /** Repeats a job; the same id again replaces the schedule, from whichever process. */
  async schedule<F extends QueueFamily, N extends JobName<F>>(
    queue: QueueRef<F>,
    id: string,
    repeat: { readonly everyMs: number } | { readonly cron: string; readonly timezone?: string },
    job: { readonly name: N; readonly data: JobData<F, N> },
  ): Promise<void> {
    const rule: Omit<RepeatOptions, 'key'> =
      'everyMs' in repeat
        ? { every: repeat.everyMs }
        : { pattern: repeat.cron, ...(repeat.timezone !== undefined && { tz: repeat.timezone }) };
    const { data } = parseJob(queue.family, job.name, job.data, 1);
    const opts = DEFAULT_JOB_OPTIONS[queue.family];
    const scheduled = this.#queue(queue).upsertJobScheduler(id, rule, { name: job.name, data, opts });
    await within(scheduled, ADD_TIMEOUT_MS);
  }

  /** Ids of the jobs that are repeated. Throws QUEUE_UNAVAILABLE when the broker does not answer. */
  async findSchedules(queue: QueueRef): Promise<ReadonlySet<string>> {
    if (!this.#broker.isReady) throw queueErrors.QUEUE_UNAVAILABLE();
    const schedules = await within(this.#queue(queue).getJobSchedulers(), ADD_TIMEOUT_MS);
    return new Set(schedules.map(({ key }) => key));
  }

  consume<F extends QueueFamily>(
    queue: QueueRef<F>,
    handler: JobHandler<F>,
    options: ConsumeOptions,
  ): Consumer {
    const logger = this.#logger.child({ queue: queue.name });
    const worker = this.#broker.worker(
      queue.name,
      (job, _token, signal) => run(queue.family, job, handler, signal ?? new AbortController().signal),
      {
        concurrency: options.concurrency,
        maxStalledCount: MAX_STALLED[queue.family],
        lockDuration: JOB_LOCK_MS,
        stalledInterval: LOOK_FOR_DEAD_EVERY_MS,
      },
    );
    worker.on('error', (error) => this.#warn(error, `consumer of ${queue.name}`));
    worker.on('failed', (job, err) => {
      logger.error({ err, job: job?.name, jobId: job?.id, attempt: job?.attemptsMade }, 'job failed');
    });
    worker.on('stalled', (jobId) => logger.warn({ jobId }, 'job was taken over from a dead process'));
    this.#workers.add(worker);
    this.#consumed.set(queue.name, queue);
    return {
      close: async () => {
        await worker.close(!this.#broker.isReady);
        this.#workers.delete(worker);
        this.#consumed.delete(queue.name);
      },
    };
  }

  /** Jobs by state of the queues that this process consumes. Throws QUEUE_UNAVAILABLE when the broker does not answer. */
  async depths(): Promise<readonly QueueDepth[]> {
    if (!this.#broker.isReady) throw queueErrors.QUEUE_UNAVAILABLE();
    return Promise.all(
      [...this.#consumed.values()].map(async (queue) => ({
        family: queue.family,
        jobs: await within(this.#queue(queue).getJobCounts(), ADD_TIMEOUT_MS),
      })),
    );
  }

  /** Removes the wake queues of processes that are gone; returns their names. */
  async removeDeadNodes(liveNodes: ReadonlySet<string>): Promise<readonly string[]> {
    const names = await this.#broker.queueNames(WAKE_PREFIX);
    const dead = names.map((name) => name.slice(WAKE_PREFIX.length)).filter((node) => !liveNodes.has(node));
    for (const node of dead) {
      const { name } = wakeQueue(node);
      await this.#queues.get(name)?.close();
      this.#queues.delete(name);
      await this.#broker.removeQueue(name);
    }
    return dead;
  }

  /**
   * First the consumers, which finish what they hold, then the queues. The broker is closed after this. Without a
   * store nothing can be finished: the jobs are found again by another process.
   */
  async close(): Promise<void> {
    const force = !this.#broker.isReady;
    await Promise.all([...this.#workers].map((worker) => worker.close(force)));
    this.#workers.clear();
    await Promise.all([...this.#queues.values()].map((queue) => queue.close()));
    this.#queues.clear();
  }

  async #add(queue: QueueRef, name: string, data: object, options: JobsOptions): Promise<void> {
    const { data: parsed } = parseJob(queue.family, name, data, 1);
    if (!this.#broker.isReady) throw queueErrors.QUEUE_UNAVAILABLE();
    const added = this.#queue(queue).add(name, parsed, { ...DEFAULT_JOB_OPTIONS[queue.family], ...options });
    await within(added, ADD_TIMEOUT_MS);
  }

  #queue(ref: QueueRef): BullQueue {
    const known = this.#queues.get(ref.name);
    if (known !== undefined) return known;
    const queue = this.#broker.queue(ref.name);
    queue.on('error', (error) => this.#warn(error, `queue ${ref.name}`));
    this.#queues.set(ref.name, queue);
    return queue;
  }
}

function dedupe(id: string): JobsOptions {
  return { deduplication: { id, keepLastIfActive: true } };
}

async function run<F extends QueueFamily>(
  family: F,
  job: BullJob<object, void>,
  handler: JobHandler<F>,
  signal: AbortSignal,
): Promise<void> {
  try {
    await handler(parseJob(family, job.name, job.data, job.attemptsMade + 1), signal);
  } catch (error) {
    if (error instanceof AppError && !error.retryable) {
      throw Object.assign(new UnrecoverableError(error.message), { cause: error });
    }
    throw error;
  }
}

/** The broken broker's own promise may settle much later; nobody waits for it then. */
async function within<T>(promise: Promise<T>, timeoutMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(queueErrors.QUEUE_UNAVAILABLE()), timeoutMs);
  });
  try {
    return await Promise.race([promise, timeout]);
  } catch (error) {
    throw error instanceof AppError ? error : queueErrors.QUEUE_UNAVAILABLE({ cause: error });
  } finally {
    clearTimeout(timer);
  }
}

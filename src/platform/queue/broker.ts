import type { Job, JobsOptions, Processor, RelayListener, RepeatOptions, WorkerOptions } from 'bullmq';
import { defineErrors } from '../../kernel/errors.js';
import type { MakeRateLimiter } from '../rate-limit/cost-budget.js';

export const queueErrors = defineErrors({
  QUEUE_UNAVAILABLE: { kind: 'UNAVAILABLE', message: 'The job queue does not answer; try again.' },
});

/** What we use of BullMQ's classes, whose types differ by data store. */
export interface BullQueue {
  add(name: string, data: object, options: JobsOptions): Promise<unknown>;
  upsertJobScheduler(
    id: string,
    repeat: Omit<RepeatOptions, 'key'>,
    template: { name: string; data: object; opts: JobsOptions },
  ): Promise<unknown>;
  getJobSchedulers(): Promise<readonly { readonly key: string }[]>;
  getJobCounts(): Promise<Record<string, number>>;
  close(): Promise<void>;
  on(event: 'error', listener: (error: Error) => void): unknown;
}

export interface BullWorker {
  /** `force` does not wait for running jobs; without it, closing waits for the store as well. */
  close(force?: boolean): Promise<void>;
  on(event: 'error', listener: (error: Error) => void): unknown;
  on(event: 'failed', listener: (job: Job<object, void> | undefined, error: Error) => void): unknown;
  on(event: 'stalled', listener: (jobId: string) => void): unknown;
}

export interface BullRelay {
  waitUntilReady(): Promise<void>;
  publish(topic: string, data: unknown): Promise<unknown>;
  subscribe<T>(topic: string, listener: RelayListener<T>): Promise<unknown>;
  close(): Promise<void>;
  on(event: 'error', listener: (error: Error) => void): unknown;
  on(event: 'recovered', listener: () => void): unknown;
}

export type BullWorkerOptions = Omit<WorkerOptions, 'connection' | 'prefix'>;

/**
 * BullMQ on one of its two data stores. Everything that it makes shares its connections and is closed before it.
 * It holds hints only: all of it may vanish at any moment and nothing is lost.
 */
export interface Broker {
  readonly kind: 'redis' | 'postgres';
  /** false while the store is known to be away: commands would only pile up until it is back. */
  readonly isReady: boolean;
  queue(name: string): BullQueue;
  worker(name: string, process: Processor<object, void>, options: BullWorkerOptions): BullWorker;
  relay(namespace: string): BullRelay;
  /** A counter that all processes share on Redis; on PostgreSQL, and while Redis is away, each process counts for itself. */
  readonly rateLimiter: MakeRateLimiter;
  /** Names of existing queues that start with `prefix`. */
  queueNames(prefix: string): Promise<readonly string[]>;
  /** Removes a queue with all of its jobs, running or not. */
  removeQueue(name: string): Promise<void>;
  close(): Promise<void>;
}

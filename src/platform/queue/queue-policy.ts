import type { JobsOptions } from 'bullmq';
import type { QueueFamily } from './job-contracts.js';

const WEEK_SECONDS = 7 * 24 * 60 * 60;

/** How often a job is tried, how long apart, and what stays behind. Finished jobs never stay: counting them is slow. */
export const DEFAULT_JOB_OPTIONS: Readonly<Record<QueueFamily, JobsOptions>> = {
  // The sweeper is the retry.
  wake: { attempts: 1, removeOnComplete: true, removeOnFail: true },
  media: {
    attempts: 5,
    backoff: { type: 'exponential', delay: 2_000, jitter: 0.5 },
    removeOnComplete: true,
    removeOnFail: { age: WEEK_SECONDS, count: 1_000 },
  },
  // What is left over stands in the database, and the sweep finds it.
  webhook: { attempts: 1, removeOnComplete: true, removeOnFail: true },
  automation: { attempts: 1, removeOnComplete: true, removeOnFail: true },
  bulk: { attempts: 1, removeOnComplete: true, removeOnFail: true },
  maintenance: { attempts: 1, removeOnComplete: true, removeOnFail: { age: WEEK_SECONDS, count: 100 } },
};

/**
 * How many dead processes a job may outlive. What kills a process is counted with the message in the database, so a
 * wake-up itself is never given up.
 */
export const MAX_STALLED: Readonly<Record<QueueFamily, number>> = {
  wake: 1_000,
  media: 3,
  webhook: 1_000,
  automation: 1_000,
  bulk: 1_000,
  maintenance: 10,
};

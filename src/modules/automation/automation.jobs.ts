import type { Clock } from '../../kernel/clock.js';
import { Context } from '../../kernel/context.js';
import { asSystem } from '../../kernel/system-context.js';
import type { Database } from '../../platform/database/database.js';
import type { Logger } from '../../platform/logging/logger.js';
import type { Job } from '../../platform/queue/job-contracts.js';
import type { IdleWatches } from './feed/idle-watches.js';
import type { Caller } from './run/caller.js';
import type { RunQueue } from './run/run.queue.js';
import type { Runner } from './run/runner.js';

/** The maintenance that automation needs, and how often. */
export const AUTOMATION_SCHEDULES = [
  { name: 'automation.wake_due', everyMs: 2_000 },
  { name: 'automation.trim', everyMs: 60 * 60_000 },
] as const;

/** What rules did is kept for so long after it ended. */
const RETENTION_MS = 30 * 24 * 60 * 60_000;
const SUBACCOUNTS_AT_ONCE = 10_000;
const WATCHES_AT_ONCE = 500;
const TRIM_STEP = 1_000;
/** How long calls under way may still take when the process stops. */
const STOP_GRACE_MS = 3_000;

/** Consumers of the `automation` and `maintenance` queues. */
export class AutomationJobs {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #queue: RunQueue;
  readonly #runner: Runner;
  readonly #caller: Caller;
  readonly #watches: IdleWatches;
  readonly #logger: Logger;
  readonly #stopping = new AbortController();

  constructor(options: {
    readonly database: Database;
    readonly clock: Clock;
    readonly queue: RunQueue;
    readonly runner: Runner;
    readonly caller: Caller;
    readonly watches: IdleWatches;
    readonly logger: Logger;
  }) {
    this.#database = options.database;
    this.#clock = options.clock;
    this.#queue = options.queue;
    this.#runner = options.runner;
    this.#caller = options.caller;
    this.#watches = options.watches;
    this.#logger = options.logger;
  }

  async automation(job: Job<'automation'>, signal: AbortSignal): Promise<void> {
    const either = AbortSignal.any([signal, this.#stopping.signal]);
    const { agencyId, subaccountId } = job.data;
    if (job.name === 'automation.run_due') await this.#runner.runDue({ agencyId, subaccountId }, either);
    else await this.#caller.call(Context.forJob(job.name, job.data), job.data.runId, either);
  }

  /** Returns whether the job was one of automation's. */
  async maintenance(job: Job<'maintenance'>, signal: AbortSignal): Promise<boolean> {
    switch (job.name) {
      case 'automation.wake_due':
        await this.#fireWatches(signal);
        await this.#wakeDue(signal);
        return true;
      case 'automation.trim':
        await this.#trim();
        return true;
      default:
        return false;
    }
  }

  /** Calls that take longer than a moment are broken off, and made again by another process. */
  stop(): void {
    setTimeout(() => this.#stopping.abort(), STOP_GRACE_MS).unref();
  }

  async #fireWatches(signal: AbortSignal): Promise<void> {
    const due = await this.#database.callFunction(
      asSystem('find conversations whose silence has lasted'),
      'list_due_automation_watches',
      [this.#clock.now(), WATCHES_AT_ONCE],
    );
    for (const { id, agencyId, subaccountId } of due) {
      if (signal.aborted) return;
      const ctx = Context.forJob('automation.watch', { agencyId, subaccountId });
      // What is wrong with one holds no other back.
      await this.#watches.fire(ctx, id).catch((err: unknown) => {
        this.#logger.error({ err, automationWatchId: id }, 'a silence could not be acted on');
      });
    }
  }

  async #wakeDue(signal: AbortSignal): Promise<void> {
    const ctx = asSystem('find subaccounts with runs that are due');
    const due = await this.#database.callFunction(ctx, 'list_subaccounts_with_due_runs', [
      this.#clock.now(),
      SUBACCOUNTS_AT_ONCE,
    ]);
    for (const { id: subaccountId, agencyId } of due) {
      if (signal.aborted) return;
      await this.#queue.addDue({ agencyId, subaccountId });
    }
  }

  async #trim(): Promise<void> {
    const before = new Date(this.#clock.now().getTime() - RETENTION_MS);
    for (let removed = TRIM_STEP; removed === TRIM_STEP;) {
      const ctx = asSystem('old runs of automation');
      const [row] = await this.#database.callFunction(ctx, 'purge_automation_runs', [before, TRIM_STEP]);
      removed = Number(row?.value ?? 0);
    }
  }
}

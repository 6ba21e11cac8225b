import { Context } from '../../kernel/context.js';
import { asSystem } from '../../kernel/system-context.js';
import type { Database } from '../../platform/database/database.js';
import type { Logger } from '../../platform/logging/logger.js';
import { throttledWarn } from '../../platform/logging/throttled-log.js';
import type { Job } from '../../platform/queue/job-contracts.js';
import type { InboxReader } from './feed/inbox-reader.js';

/** How often inboxes are looked at: a person who waits for an agent does not notice so long. */
export const INBOX_SCHEDULES = [{ name: 'inbox.follow', everyMs: 2_000 }] as const;

const STREAMS_AT_ONCE = 500;

/** Consumer of the `maintenance` queue. */
export class InboxJobs {
  readonly #database: Database;
  readonly #reader: InboxReader;
  readonly #warn: (error: Error, message: string) => void;

  constructor(options: {
    readonly database: Database;
    readonly reader: InboxReader;
    readonly logger: Logger;
  }) {
    this.#database = options.database;
    this.#reader = options.reader;
    this.#warn = throttledWarn(options.logger);
  }

  /** Returns whether the job was one of the inbox's. */
  async maintenance(job: Job<'maintenance'>, signal: AbortSignal): Promise<boolean> {
    if (job.name !== 'inbox.follow') return false;
    const system = asSystem('find streams with news for inboxes');
    const streams = await this.#database.callFunction(system, 'list_streams_with_inbox_news', [
      STREAMS_AT_ONCE,
    ]);
    for (const { id: subaccountId, agencyId } of streams) {
      if (signal.aborted) break;
      const ctx = Context.forJob(job.name, { agencyId, subaccountId });
      // What is wrong with one subaccount holds no other back.
      await this.#reader.readOn(ctx, subaccountId, signal).catch((error: unknown) => {
        this.#warn(error instanceof Error ? error : new Error(String(error)), 'following an inbox');
      });
    }
    return true;
  }
}

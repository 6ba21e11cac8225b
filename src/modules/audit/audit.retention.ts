import type { Clock } from '../../kernel/clock.js';
import { asSystem } from '../../kernel/system-context.js';
import type { Database } from '../../platform/database/database.js';

const DAY_MS = 24 * 60 * 60_000;

/** Ends the audit log by whole months: rows cannot be deleted, not even by the owner of the table. */
export class AuditRetention {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #days: number;

  constructor(options: { readonly database: Database; readonly clock: Clock; readonly days: number }) {
    this.#database = options.database;
    this.#clock = options.clock;
    this.#days = options.days;
  }

  /** Drops the months whose last day is longer ago than the log is kept; returns how many. */
  async apply(): Promise<number> {
    const endedBefore = new Date(this.#clock.now().getTime() - this.#days * DAY_MS);
    const ctx = asSystem('retention of the audit log');
    const [row] = await this.#database.callFunction(ctx, 'drop_audit_partitions', [endedBefore]);
    return Number(row?.value ?? 0);
  }
}

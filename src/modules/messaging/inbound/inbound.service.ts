import { bothDone } from '../../../kernel/both-done.js';
import type { Clock } from '../../../kernel/clock.js';
import { Context } from '../../../kernel/context.js';
import { asSystem } from '../../../kernel/system-context.js';
import type { Database } from '../../../platform/database/database.js';
import { PreparedStatement } from '../../../platform/database/prepared-statement.js';
import type { Transaction } from '../../../platform/database/transaction.js';
import type { Logger } from '../../../platform/logging/logger.js';
import type { InboxEntry } from '../../../whatsapp/index.js';
import { shardOf } from '../../device/index.js';
import type { DeviceKeys } from '../../device/index.js';
import type { MessagingTables } from '../messaging.tables.js';
import type { InboundApplier, InboundDevice } from './inbound.applier.js';
import { takeDue } from './inbox.js';
import type { TakenEntry } from './inbox.js';

const MAX_ATTEMPTS = 5;
const RETRY_MS = 10_000;
/** Rows in one transaction; a burst costs a commit for each of so many. */
const AT_ONCE = 100;
const DEVICES_AT_ONCE = 500;
const KEEP_MS = 14 * 24 * 60 * 60 * 1_000;
const PURGE_AT_ONCE = 5_000;

class ApplyError extends Error {
  readonly taken: TakenEntry;

  constructor(taken: TakenEntry, cause: unknown) {
    super('a received message could not be applied', { cause });
    this.taken = taken;
  }
}

const APPLIED = new PreparedStatement(
  'note_inbox_applied',
  `update inbox set due_at = null, failure = null where device_id = $1 and id = any($2)`,
);

/**
 * Applies what lies in the inbox, oldest first, some rows in one transaction. A row that fails never holds up the others: then each has a
 * transaction of its own.
 */
export class InboundService {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #keys: DeviceKeys;
  readonly #applier: InboundApplier;

  constructor(options: {
    readonly database: Database;
    readonly clock: Clock;
    readonly logger: Logger;
    readonly deviceKeys: DeviceKeys;
    readonly applier: InboundApplier;
  }) {
    this.#database = options.database;
    this.#clock = options.clock;
    this.#logger = options.logger;
    this.#keys = options.deviceKeys;
    this.#applier = options.applier;
  }

  /** Applies what is due of one device. Any process may do it, several at a time. */
  async applyDue(ctx: Context, deviceId: string, signal?: AbortSignal): Promise<void> {
    let limit = AT_ONCE;
    while (signal?.aborted !== true) {
      try {
        if ((await this.#applySome(ctx, deviceId, limit)) < limit) return;
      } catch (error) {
        if (!(error instanceof ApplyError)) throw error;
        if (limit === 1) await this.#postpone(ctx, deviceId, error);
        // One by one up to the row that cannot be applied.
        limit = limit === 1 ? AT_ONCE : 1;
      }
    }
  }

  /** Applies what processes left behind that are gone; over all tenants. */
  async applyLeft(signal?: AbortSignal): Promise<void> {
    const system = asSystem('find received messages that nobody applied');
    const since = this.#clock.now();
    const devices = await this.#database.callFunction(system, 'list_devices_with_inbox', [
      since,
      DEVICES_AT_ONCE,
    ]);
    for (const device of devices) {
      await this.applyDue(Context.forJob('inbox.apply_left', device), device.id, signal);
    }
  }

  /** Drops applied rows that no redelivery can ask for any more, step by step until none is left; over all tenants. */
  async purge(signal?: AbortSignal): Promise<void> {
    const system = asSystem('drop old inbox rows');
    const before = new Date(this.#clock.now().getTime() - KEEP_MS);
    let gone = PURGE_AT_ONCE;
    while (gone >= PURGE_AT_ONCE && signal?.aborted !== true) {
      const [row] = await this.#database.callFunction(system, 'purge_inbox', [before, PURGE_AT_ONCE]);
      gone = Number(row?.value ?? 0);
    }
  }

  /** All or none. Returns how many were due, `limit` at most. */
  async #applySome(ctx: Context, deviceId: string, limit: number): Promise<number> {
    const apply = async (tx: Transaction): Promise<number> => {
      const { tenant, all } = await takeDue(tx, this.#keys, deviceId, { now: this.#clock.now(), limit });
      if (tenant === null) return 0;
      const device = { ...tenant, deviceId, shard: shardOf(deviceId) };
      // That they are applied is noted with the first of it: it is true when all of the transaction is.
      await bothDone(
        this.#applyAll(tx, device, all),
        APPLIED.run(tx.em, [deviceId, all.map(({ id }) => id)]),
      );
      return all.length;
    };
    return this.#database.write(ctx, apply, { keepsPlans: true });
  }

  async #applyAll(tx: Transaction, device: InboundDevice, all: readonly TakenEntry[]): Promise<void> {
    for (let rest = all; rest.length > 0;) rest = rest.slice(await this.#applyNext(tx, device, rest));
  }

  /** The first of what is left, with what can be applied together with it. Returns how many that were. */
  async #applyNext(tx: Transaction, device: InboundDevice, rest: readonly TakenEntry[]): Promise<number> {
    const [first] = rest;
    if (first === undefined) return 0;
    try {
      const together = await this.#applier.applyFirst(tx, device, readable(rest));
      if (together > 0) return together;
      if ('unreadable' in first.entry) throw first.entry.unreadable;
      await this.#applier.apply(tx, device, first.entry);
      await tx.em.flush();
      // The next one reads what this one left, not what was loaded before.
      tx.em.clear();
      return 1;
    } catch (error) {
      if (isTransient(error)) throw error;
      throw new ApplyError(first, error);
    }
  }

  /** After the last attempt the row stays, marked with what went wrong, and is not looked at again. */
  async #postpone(ctx: Context, deviceId: string, error: ApplyError): Promise<void> {
    const { cause, taken } = error;
    this.#logger.error({ err: cause, deviceId, inboxId: taken.id }, error.message);
    const failures = taken.failures + 1;
    const next = new Date(this.#clock.now().getTime() + RETRY_MS);
    await this.#database.write(ctx, async (tx) => {
      await tx.em
        .getKysely<MessagingTables>()
        .updateTable('inbox')
        .set({
          attempt_count: failures,
          failure: cause instanceof Error ? cause.name : 'Error',
          due_at: failures < MAX_ATTEMPTS ? next : null,
        })
        .where('device_id', '=', deviceId)
        .where('id', '=', taken.id)
        .execute();
    });
  }
}

/** Up to the first that cannot even be opened. */
function readable(rows: readonly TakenEntry[]): InboxEntry[] {
  const entries: InboxEntry[] = [];
  for (const { entry } of rows) {
    if ('unreadable' in entry) break;
    entries.push(entry);
  }
  return entries;
}

/** The database ended the transaction (deadlock, gone): not the row's fault. */
function isTransient(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return /^(40|08|53|57)/.test(code);
}

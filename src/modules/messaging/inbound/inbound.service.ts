import type { Clock } from '../../../kernel/clock.js';
import { Context } from '../../../kernel/context.js';
import { asSystem } from '../../../kernel/system-context.js';
import type { Database } from '../../../platform/database/database.js';
import type { Logger } from '../../../platform/logging/logger.js';
import { Device } from '../../device/index.js';
import type { DeviceKeys } from '../../device/index.js';
import type { MessagingTables } from '../messaging.tables.js';
import type { InboundApplier } from './inbound.applier.js';
import { takeNext } from './inbox.js';
import type { TakenEntry } from './inbox.js';

const MAX_ATTEMPTS = 5;
const RETRY_MS = 10_000;
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

/** Applies what lies in the inbox, oldest first, each row in a transaction of its own. A row that fails never holds up the others. */
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
    while (signal?.aborted !== true) {
      try {
        if (!(await this.#applyNext(ctx, deviceId))) return;
      } catch (error) {
        if (!(error instanceof ApplyError)) throw error;
        await this.#postpone(ctx, deviceId, error);
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

  async #applyNext(ctx: Context, deviceId: string): Promise<boolean> {
    return this.#database.write(ctx, async (tx) => {
      const taken = await takeNext(tx, this.#keys, deviceId, this.#clock.now());
      if (taken === null) return false;
      const { id, entry } = taken;
      try {
        if ('unreadable' in entry) throw entry.unreadable;
        const device = await tx.em.findOneOrFail(Device, { id: deviceId });
        const { agencyId, subaccountId, shard } = device;
        await this.#applier.apply(tx, { agencyId, subaccountId, deviceId, shard }, entry);
        await tx.em.flush();
      } catch (error) {
        if (isTransient(error)) throw error;
        throw new ApplyError(taken, error);
      }
      await tx.em
        .getKysely<MessagingTables>()
        .updateTable('inbox')
        .set({ due_at: null, failure: null })
        .where('device_id', '=', deviceId)
        .where('id', '=', id)
        .execute();
      return true;
    });
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

/** The database ended the transaction (deadlock, gone): not the row's fault. */
function isTransient(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return /^(40|08|53|57)/.test(code);
}

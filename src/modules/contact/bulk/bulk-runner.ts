import type { Clock } from '../../../kernel/clock.js';
import { Context } from '../../../kernel/context.js';
import { asSystem } from '../../../kernel/system-context.js';
import type { Database } from '../../../platform/database/database.js';
import type { Logger } from '../../../platform/logging/logger.js';
import type { MediaStore } from '../../../platform/media/media-store.js';
import { BulkOperation } from './bulk-operation.entity.js';
import type { BulkKind } from './bulk-operation.entity.js';
import type { BulkQueue, DueOperation } from './bulk-operation.queue.js';
import { BulkFailed, BulkRun, RunEnded } from './bulk-run.js';

/** Does the work of one kind. Stops between two steps when the signal says so. */
export interface BulkWork {
  run(run: BulkRun, signal: AbortSignal): Promise<void>;
}

const OPERATIONS_AT_ONCE = 100;
const KEEP_MS = 30 * 24 * 60 * 60_000;

/** Runs operations in the background, and forgets old ones. */
export class BulkRunner {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #queue: BulkQueue;
  readonly #store: MediaStore;
  readonly #works: Readonly<Record<BulkKind, BulkWork>>;

  constructor(options: {
    readonly database: Database;
    readonly clock: Clock;
    readonly logger: Logger;
    readonly queue: BulkQueue;
    readonly store: MediaStore;
    readonly works: Readonly<Record<BulkKind, BulkWork>>;
  }) {
    this.#database = options.database;
    this.#clock = options.clock;
    this.#logger = options.logger;
    this.#queue = options.queue;
    this.#store = options.store;
    this.#works = options.works;
  }

  /** To the end, or until the process stops. */
  async run(ctx: Context, operationId: string, signal: AbortSignal): Promise<void> {
    const run = await BulkRun.claim({ database: this.#database, clock: this.#clock }, ctx, operationId);
    if (run === null) return;
    try {
      await this.#works[run.operation.kind].run(run, signal);
      if (signal.aborted) await run.release();
    } catch (error) {
      await this.#note(run, error);
    }
  }

  /** Finds operations whose hint was lost or whose worker died, over all tenants. */
  async wakeDue(): Promise<void> {
    const due = await this.#database.callFunction(
      asSystem('find bulk operations that are due'),
      'list_due_bulk_operations',
      [this.#clock.now(), OPERATIONS_AT_ONCE],
    );
    for (const operation of due) await this.#queue.add(operation);
  }

  /** Forgets operations of a month ago, with their files. */
  async trim(signal: AbortSignal): Promise<void> {
    const before = new Date(this.#clock.now().getTime() - KEEP_MS);
    for (let found = OPERATIONS_AT_ONCE; found === OPERATIONS_AT_ONCE && !signal.aborted;) {
      const old = await this.#database.callFunction(
        asSystem('find old bulk operations'),
        'list_old_bulk_operations',
        [before, OPERATIONS_AT_ONCE],
      );
      for (const operation of old) await this.#forget(operation);
      found = old.length;
    }
  }

  async #forget({ id, agencyId, subaccountId }: DueOperation): Promise<void> {
    const ctx = Context.forJob('bulk_operations.trim', { agencyId, subaccountId });
    const operation = await this.#database.read(ctx, (em) => em.findOne(BulkOperation, { id }));
    if (operation === null) return;
    await this.#store.delete(operation.storageKey);
    await this.#database.write(ctx, (tx) => tx.em.nativeDelete(BulkOperation, { id }));
  }

  async #note(run: BulkRun, error: unknown): Promise<void> {
    if (error instanceof RunEnded) return;
    if (!(error instanceof BulkFailed)) throw error;
    this.#logger.info({ operationId: run.operation.id, failure: error.failure }, 'a bulk operation failed');
    await run.fail(error.failure).catch((problem: unknown) => {
      if (!(problem instanceof RunEnded)) throw problem;
    });
  }
}

import type { Clock } from '../../../kernel/clock.js';
import type { Context } from '../../../kernel/context.js';
import { newId } from '../../../kernel/ids.js';
import type { Database } from '../../../platform/database/database.js';
import type { Transaction } from '../../../platform/database/transaction.js';
import type { BulkFailure, BulkOperation, BulkStep } from './bulk-operation.entity.js';
import { bulkOperationUpdated } from './bulk-operation.events.js';
import { lockOperation } from './bulk-operation.queries.js';

/** The operation was canceled, or another run has it. */
export class RunEnded extends Error {
  override readonly name = 'RunEnded';
}

/** The operation cannot be done, however often it is tried. */
export class BulkFailed extends Error {
  override readonly name = 'BulkFailed';
  readonly failure: BulkFailure;

  constructor(failure: BulkFailure) {
    super(failure);
    this.failure = failure;
  }
}

/** One run of an operation. Each step is a transaction that holds the operation, so that only one run makes it. */
export class BulkRun {
  readonly ctx: Context;
  readonly operation: BulkOperation;
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #runId: string;

  private constructor(
    { database, clock }: { readonly database: Database; readonly clock: Clock },
    facts: { readonly ctx: Context; readonly operation: BulkOperation; readonly runId: string },
  ) {
    this.#database = database;
    this.#clock = clock;
    this.ctx = facts.ctx;
    this.operation = facts.operation;
    this.#runId = facts.runId;
  }

  /** null: another run has it, or there is nothing to do. */
  static async claim(
    options: { readonly database: Database; readonly clock: Clock },
    ctx: Context,
    operationId: string,
  ): Promise<BulkRun | null> {
    const runId = newId();
    return options.database.write(ctx, async (tx) => {
      const operation = await lockOperation(tx.em, operationId);
      const before = operation.status;
      const claimed = operation.claim(runId, options.clock.now());
      if (operation.status !== before) tx.append(bulkOperationUpdated(operation));
      return claimed ? new BulkRun(options, { ctx, operation, runId }) : null;
    });
  }

  /** Throws RunEnded. */
  measure(total: number): Promise<void> {
    return this.#change((operation, at) => operation.measure(total, at));
  }

  /** `work` and the place that it came to become true together. Throws RunEnded. */
  step(work: (tx: Transaction, operation: BulkOperation) => Promise<BulkStep>): Promise<void> {
    return this.#database.write(this.ctx, async (tx) => {
      const operation = await this.#hold(tx);
      operation.advance(await work(tx, operation), this.#clock.now());
      tx.append(bulkOperationUpdated(operation));
    });
  }

  startOver(): Promise<void> {
    return this.#change((operation) => operation.startOver());
  }

  complete(fileKey: string | null): Promise<void> {
    return this.#change((operation, at) => {
      operation.fileKey = fileKey;
      operation.complete(at);
    });
  }

  fail(failure: BulkFailure): Promise<void> {
    return this.#change((operation, at) => operation.fail(failure, at));
  }

  release(): Promise<void> {
    return this.#change((operation, at) => operation.release(at));
  }

  #change(change: (operation: BulkOperation, at: Date) => void): Promise<void> {
    return this.#database.write(this.ctx, async (tx) => {
      const operation = await this.#hold(tx);
      change(operation, this.#clock.now());
      tx.append(bulkOperationUpdated(operation));
    });
  }

  async #hold(tx: Transaction): Promise<BulkOperation> {
    const operation = await lockOperation(tx.em, this.operation.id);
    if (!operation.isRunOf(this.#runId)) throw new RunEnded();
    return operation;
  }
}

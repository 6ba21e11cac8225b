import type { Clock } from '../../../kernel/clock.js';
import type { Context } from '../../../kernel/context.js';
import { parseInput } from '../../../kernel/input.js';
import type { Page, PageRequest } from '../../../kernel/page.js';
import type { Database } from '../../../platform/database/database.js';
import { getSubaccount } from '../../tenancy/index.js';
import { exportOptions } from '../export/export.input.js';
import type { NewExport } from '../export/export.input.js';
import { importOptions } from '../import/import.input.js';
import type { NewImport } from '../import/import.input.js';
import { BulkOperation } from './bulk-operation.entity.js';
import type { BulkKind } from './bulk-operation.entity.js';
import { bulkOperationUpdated } from './bulk-operation.events.js';
import { findOperations, getOperation, listOperations, lockOperation } from './bulk-operation.queries.js';
import type { BulkQueue } from './bulk-operation.queue.js';

/** Begins, shows and cancels operations; workers run them. */
export class BulkOperationService {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #queue: BulkQueue;

  constructor(options: { readonly database: Database; readonly clock: Clock; readonly queue: BulkQueue }) {
    this.#database = options.database;
    this.#clock = options.clock;
    this.#queue = options.queue;
  }

  /** Throws NOT_FOUND. */
  get(ctx: Context, id: string): Promise<BulkOperation> {
    return this.#database.read(ctx, (em) => getOperation(em, id));
  }

  /** Those that exist and may be seen, in no order. */
  findAll(ctx: Context, ids: readonly string[]): Promise<readonly BulkOperation[]> {
    return this.#database.read(ctx, (em) => findOperations(em, ids));
  }

  /** Of a subaccount, newest first. */
  list(ctx: Context, subaccountId: string, request: PageRequest): Promise<Page<BulkOperation>> {
    return this.#database.read(ctx, (em) => listOperations(em, subaccountId, request));
  }

  /** It begins when its file is there. */
  createImport(ctx: Context, subaccountId: string, request: NewImport): Promise<BulkOperation> {
    return this.#create(ctx, subaccountId, 'CONTACT_IMPORT', parseInput(importOptions, request));
  }

  createExport(ctx: Context, subaccountId: string, request: NewExport): Promise<BulkOperation> {
    return this.#create(ctx, subaccountId, 'CONTACT_EXPORT', parseInput(exportOptions, request));
  }

  /** What was done stays. One that is over stays as it is. */
  cancel(ctx: Context, id: string): Promise<BulkOperation> {
    return this.#database.write(ctx, async (tx) => {
      const operation = await lockOperation(tx.em, id);
      if (operation.cancel(this.#clock.now())) tx.append(bulkOperationUpdated(operation));
      return operation;
    });
  }

  #create(
    ctx: Context,
    subaccountId: string,
    kind: BulkKind,
    options: Record<string, unknown>,
  ): Promise<BulkOperation> {
    return this.#database.write(ctx, async (tx) => {
      const { agencyId } = await getSubaccount(tx.em, subaccountId);
      const createdBy = ctx.actor.kind === 'user' ? ctx.actor.userId : null;
      const facts = { agencyId, subaccountId, kind, options, createdBy };
      const operation = BulkOperation.create(facts, this.#clock.now());
      tx.em.persist(operation);
      tx.append(bulkOperationUpdated(operation));
      if (operation.status === 'PENDING') tx.afterCommit(() => this.#queue.add(operation));
      return operation;
    });
  }
}

import type { MediaStore } from '../../../platform/media/media-store.js';
import type { Database } from '../../../platform/database/database.js';
import { BulkFailed } from '../bulk/bulk-run.js';
import type { BulkRun } from '../bulk/bulk-run.js';
import type { BulkWork } from '../bulk/bulk-runner.js';
import { listFields } from '../field/contact-field.queries.js';
import { readCsv } from './csv-file.js';
import type { ImportBatch, RawBatch } from './import-batch.js';
import { columnsOf } from './import-columns.js';
import { importOptions } from './import.input.js';
import type { ImportOptions } from './import.input.js';

const ROWS_AT_ONCE = 500;
const MAX_ROWS = 500_000;

/** Reads a file twice: to count its rows, then to write them, some in one transaction that also moves the place. */
export class ContactImport implements BulkWork {
  readonly #database: Database;
  readonly #store: MediaStore;
  readonly #batch: ImportBatch;

  constructor(options: {
    readonly database: Database;
    readonly store: MediaStore;
    readonly batch: ImportBatch;
  }) {
    this.#database = options.database;
    this.#store = options.store;
    this.#batch = options.batch;
  }

  async run(run: BulkRun, signal: AbortSignal): Promise<void> {
    const { operation } = run;
    const options = importOptions.parse(operation.options);
    await run.measure(await this.#count(run, options));
    for await (const batch of this.#batches(run)) {
      if (signal.aborted) return;
      await run.step((tx, current) => this.#batch.write(tx, current, options, batch));
    }
    await run.complete(null);
    await this.#store.delete(operation.storageKey);
  }

  /** Also finds what is wrong with the file as a whole, before anything is written. */
  async #count({ ctx, operation }: BulkRun, options: ImportOptions): Promise<number> {
    const { subaccountId } = operation;
    let total = -1;
    for await (const record of readCsv(await this.#store.open(operation.storageKey))) {
      if (total === -1) {
        columnsOf(record, await this.#database.read(ctx, (em) => listFields(em, subaccountId)), options);
      }
      total += 1;
      if (total > MAX_ROWS) throw new BulkFailed('TOO_MANY_ROWS');
    }
    if (total === -1) throw new BulkFailed('NO_PHONE_COLUMN');
    return total;
  }

  /** From where the run before came to. */
  async *#batches({ operation }: BulkRun): AsyncGenerator<RawBatch, void, undefined> {
    const done = operation.processed;
    let header: readonly string[] | null = null;
    let row = 1;
    let rows: { row: number; record: readonly string[] }[] = [];
    for await (const record of readCsv(await this.#store.open(operation.storageKey))) {
      if (header === null) {
        header = record;
        continue;
      }
      row += 1;
      if (row - 1 <= done) continue;
      rows.push({ row, record });
      if (rows.length < ROWS_AT_ONCE) continue;
      yield { header, rows };
      rows = [];
    }
    if (header !== null && rows.length > 0) yield { header, rows };
  }
}

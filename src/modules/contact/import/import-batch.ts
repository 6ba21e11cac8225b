import type { Clock } from '../../../kernel/clock.js';
import { newId } from '../../../kernel/ids.js';
import type { Transaction } from '../../../platform/database/transaction.js';
import type { BulkOperation, BulkStep } from '../bulk/bulk-operation.entity.js';
import { insertRowErrors } from '../bulk/bulk-operation.queries.js';
import type { RowError } from '../bulk/bulk-operation.queries.js';
import { contactChanged } from '../contact.events.js';
import { listFields } from '../field/contact-field.queries.js';
import {
  ADD_TAGS,
  HOLD_KNOWN,
  INSERT_NEW,
  LOCK_NUMBERS,
  SET_VALUES,
  UPDATE_KNOWN,
} from './import-batch.sql.js';
import { columnsOf } from './import-columns.js';
import { parseRow } from './import-row.js';
import type { ImportRow } from './import-row.js';
import type { ImportOptions } from './import.input.js';

/** Some rows of a file, as they stand there. */
export interface RawBatch {
  readonly header: readonly string[];
  readonly rows: readonly { readonly row: number; readonly record: readonly string[] }[];
}

interface Person extends ImportRow {
  readonly id: string;
}

/**
 * Writes some rows in the caller's transaction, in a handful of statements however many they are. One event tells of each contact; none
 * of each tag: who imports old customers does not want rules to greet them.
 */
export class ImportBatch {
  readonly #clock: Clock;

  constructor({ clock }: { readonly clock: Clock }) {
    this.#clock = clock;
  }

  async write(
    tx: Transaction,
    operation: BulkOperation,
    options: ImportOptions,
    { header, rows }: RawBatch,
  ): Promise<BulkStep> {
    const columns = columnsOf(header, await listFields(tx.em, operation.subaccountId), options);
    const errors: RowError[] = [];
    const people = new Map<string, ImportRow>();
    for (const { row, record } of rows) {
      const parsed = parseRow(record, columns, options);
      if ('problem' in parsed) errors.push({ row, message: parsed.problem, record });
      if ('ok' in parsed)
        people.set(parsed.ok.phoneNumber, joined(people.get(parsed.ok.phoneNumber), parsed.ok));
    }
    await insertRowErrors(tx.em, operation, errors);
    const counts = people.size === 0 ? {} : await this.#store(tx, operation, options, [...people.values()]);
    return { processed: rows.length, failed: errors.length, ...counts };
  }

  async #store(
    tx: Transaction,
    operation: BulkOperation,
    { onExisting }: ImportOptions,
    rows: readonly ImportRow[],
  ): Promise<Pick<BulkStep, 'created' | 'updated'>> {
    const { subaccountId } = operation;
    const numbers = rows.map(({ phoneNumber }) => phoneNumber);
    await LOCK_NUMBERS.run(tx.em, [subaccountId, numbers]);
    const known = new Map(
      (await HOLD_KNOWN.run(tx.em, [subaccountId, numbers])).map((each) => [each.phoneNumber, each.id]),
    );
    const fresh: Person[] = [];
    const old = new Map<string, Person>();
    for (const row of rows) {
      const id = known.get(row.phoneNumber);
      if (id === undefined) fresh.push({ ...row, id: newId() });
      // Two numbers of the file may be one person by now.
      else if (onExisting === 'UPDATE') old.set(id, { ...joined(old.get(id), row), id });
    }
    await this.#insert(tx, operation, fresh);
    const updated = await this.#update(tx, operation, [...old.values()]);
    return { created: fresh.length, updated };
  }

  async #insert(tx: Transaction, operation: BulkOperation, people: readonly Person[]): Promise<void> {
    if (people.length === 0) return;
    const { agencyId, subaccountId, id: bulkOperationId } = operation;
    await INSERT_NEW.run(tx.em, [agencyId, subaccountId, this.#clock.now(), recordsOf(people)]);
    await addKnowledge(tx, operation, people);
    for (const { id } of people) {
      tx.append(contactChanged('contact.created', { id, subaccountId }, { bulkOperationId }));
    }
  }

  async #update(tx: Transaction, operation: BulkOperation, people: readonly Person[]): Promise<number> {
    if (people.length === 0) return 0;
    const { subaccountId, id: bulkOperationId } = operation;
    const touched = await addKnowledge(tx, operation, people);
    const changed = await UPDATE_KNOWN.run(tx.em, [recordsOf(people), this.#clock.now(), touched]);
    for (const { id } of changed) {
      tx.append(contactChanged('contact.updated', { id, subaccountId }, { bulkOperationId }));
    }
    return changed.length;
  }
}

/** Tags and values. Returns the contacts to which something was new. */
async function addKnowledge(
  tx: Transaction,
  { agencyId, subaccountId }: BulkOperation,
  people: readonly Person[],
): Promise<string[]> {
  const tags = people.flatMap(({ id, tags: own }) => own.map((tag) => ({ id, tag })));
  const values = people.flatMap(({ id, fields }) =>
    [...fields].map(([field, { value, number }]) => ({ id, field, value, number })),
  );
  const place = [agencyId, subaccountId];
  const tagged = tags.length === 0 ? [] : await ADD_TAGS.run(tx.em, [...place, JSON.stringify(tags)]);
  const valued = values.length === 0 ? [] : await SET_VALUES.run(tx.em, [...place, JSON.stringify(values)]);
  return [...new Set([...tagged, ...valued].map(({ id }) => id))];
}

function recordsOf(people: readonly Person[]): string {
  return JSON.stringify(
    people.map(({ id, phoneNumber: phone, name, optedOut }) => ({ id, phone, name, opted_out: optedOut })),
  );
}

/** Of two rows about one person the later one is right. */
function joined(earlier: ImportRow | undefined, later: ImportRow): ImportRow {
  if (earlier === undefined) return later;
  return {
    phoneNumber: later.phoneNumber,
    name: later.name ?? earlier.name,
    tags: [...new Set([...earlier.tags, ...later.tags])],
    optedOut: earlier.optedOut || later.optedOut,
    fields: new Map([...earlier.fields, ...later.fields]),
  };
}

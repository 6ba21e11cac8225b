import { pipeline, Readable } from 'node:stream';
import { stringify } from 'csv-stringify';
import type { Database } from '../../../platform/database/database.js';
import type { MediaStore } from '../../../platform/media/media-store.js';
import type { BulkRun } from '../bulk/bulk-run.js';
import type { BulkWork } from '../bulk/bulk-runner.js';
import type { ContactFilter } from '../contact.filter.js';
import type { Contact } from '../contact.entity.js';
import { countContacts, readContacts } from '../contact.queries.js';
import type { ContactField } from '../field/contact-field.entity.js';
import { listFields } from '../field/contact-field.queries.js';
import { findValues } from '../field/contact.fields.js';
import { findTags } from '../tag/contact.tags.js';
import { exportOptions } from './export.input.js';

const ROWS_AT_ONCE = 1_000;

/** The columns beside those of fields; an import understands them all but the last two. */
const COLUMNS = ['phone_number', 'name', 'tags', 'opted_out', 'blocked', 'created_at'] as const;
type Row = Readonly<Record<string, string>>;

/** Writes contacts into a file that an import reads. A run that was interrupted begins anew: half a file is of no use. */
export class ContactExport implements BulkWork {
  readonly #database: Database;
  readonly #store: MediaStore;

  constructor(options: { readonly database: Database; readonly store: MediaStore }) {
    this.#database = options.database;
    this.#store = options.store;
  }

  async run(run: BulkRun, signal: AbortSignal): Promise<void> {
    const { ctx, operation } = run;
    const { subaccountId, storageKey } = operation;
    const { filter } = exportOptions.parse(operation.options);
    await run.startOver();
    const [total, fields] = await this.#database.read(ctx, async (em) => [
      await countContacts(em, subaccountId, filter),
      await listFields(em, subaccountId),
    ]);
    await run.measure(total);
    const columns: string[] = [...COLUMNS, ...fields.map(({ key }) => key)];
    // A spreadsheet runs what begins with = + - or @; people choose names.
    const csv = stringify({ header: true, bom: true, columns, escape_formulas: true });
    pipeline(Readable.from(this.#rows(run, { filter, fields }, signal)), csv, () => undefined);
    try {
      await this.#store.put(storageKey, { stream: csv });
    } catch (error) {
      if (signal.aborted) return;
      throw error;
    }
    await run.complete(storageKey);
  }

  /** Each page is a step, so that everybody sees how far it is and a canceled one ends. */
  async *#rows(
    run: BulkRun,
    { filter, fields }: { readonly filter: ContactFilter; readonly fields: readonly ContactField[] },
    signal: AbortSignal,
  ): AsyncGenerator<Row, void, undefined> {
    let after: string | null = null;
    for (;;) {
      signal.throwIfAborted();
      const rows = await this.#read(run, filter, fields, after);
      yield* rows.map(({ row }) => row);
      if (rows.length > 0) await run.step(async () => ({ processed: rows.length }));
      after = rows.at(-1)?.id ?? null;
      if (after === null || rows.length < ROWS_AT_ONCE) return;
    }
  }

  #read(
    { ctx, operation }: BulkRun,
    filter: ContactFilter,
    fields: readonly ContactField[],
    after: string | null,
  ): Promise<readonly { readonly id: string; readonly row: Row }[]> {
    return this.#database.read(ctx, async (em) => {
      const place = { after, limit: ROWS_AT_ONCE };
      const contacts = await readContacts(em, operation.subaccountId, filter, place);
      if (contacts.length === 0) return [];
      const ids = contacts.map(({ id }) => id);
      const tags = await findTags(em, ids);
      const values = Map.groupBy(await findValues(em, ids), ({ contactId }) => contactId);
      const keys = new Map(fields.map(({ id, key }) => [id, key]));
      return contacts.map((contact) => {
        const own = (values.get(contact.id) ?? []).map(({ fieldId, value }) => [
          keys.get(fieldId) ?? '',
          value,
        ]);
        const facts = factsOf(contact, tags.get(contact.id) ?? []);
        return { id: contact.id, row: { ...facts, ...(Object.fromEntries(own) as Row) } };
      });
    });
  }
}

function factsOf(contact: Contact, tags: readonly string[]): Record<(typeof COLUMNS)[number], string> {
  return {
    phone_number: contact.phoneNumber ?? '',
    name: contact.name ?? contact.pushName ?? '',
    tags: tags.join('; '),
    opted_out: String(contact.optedOutAt != null),
    blocked: String(contact.blockedAt != null),
    created_at: contact.createdAt.toISOString(),
  };
}

import type { Context } from '../../kernel/context.js';
import type { Page, PageRequest } from '../../kernel/page.js';
import type { Database } from '../../platform/database/database.js';
import type { Contact } from './contact.entity.js';
import type { ContactFilter } from './contact.filter.js';
import { findContacts, getContact, listContacts, listMerges } from './contact.queries.js';
import type { ContactMerge } from './identity/contact-merge.entity.js';
import { listDuplicates } from './duplicate/duplicates.queries.js';
import type { Duplicates } from './duplicate/duplicates.queries.js';
import { findFields, getFieldByKey } from './field/contact-field.queries.js';
import type { ContactField } from './field/contact-field.entity.js';
import { findValues } from './field/contact.fields.js';
import { findTags } from './tag/contact.tags.js';
import { listTagUses } from './tag/tag-use.queries.js';
import type { TagUse } from './tag/tag-use.queries.js';

/** What is known of a contact in one field. */
export interface KnownValue {
  readonly contactId: string;
  readonly field: ContactField;
  readonly value: string;
}

/** Reads contacts and what belongs to them. */
export class ContactReader {
  readonly #database: Database;

  constructor(options: { readonly database: Database }) {
    this.#database = options.database;
  }

  /** The id of a contact that became part of another one leads to that one. Throws NOT_FOUND. */
  get(ctx: Context, id: string): Promise<Contact> {
    return this.#database.read(ctx, (em) => getContact(em, id));
  }

  /** Those that exist and may be seen, in no order. */
  findAll(ctx: Context, ids: readonly string[]): Promise<readonly Contact[]> {
    return this.#database.read(ctx, (em) => findContacts(em, ids));
  }

  list(
    ctx: Context,
    subaccountId: string,
    request: PageRequest,
    filter: ContactFilter = {},
  ): Promise<Page<Contact>> {
    return this.#database.read(ctx, (em) => listContacts(em, subaccountId, request, filter));
  }

  /** The tags that contacts of a subaccount have, with how many have each. */
  listTags(ctx: Context, subaccountId: string, request: PageRequest): Promise<Page<TagUse>> {
    return this.#database.read(ctx, (em) => listTagUses(em, subaccountId, request));
  }

  findTags(ctx: Context, contactIds: readonly string[]): Promise<ReadonlyMap<string, string[]>> {
    return this.#database.read(ctx, (em) => findTags(em, contactIds));
  }

  /** What is known of these contacts in the fields of the subaccount, in the order of the fields. */
  findValues(ctx: Context, contactIds: readonly string[]): Promise<readonly KnownValue[]> {
    return this.#database.read(ctx, async (em) => {
      const values = await findValues(em, contactIds);
      const fieldIds = [...new Set(values.map(({ fieldId }) => fieldId))];
      const fields = new Map((await findFields(em, fieldIds)).map((field) => [field.id, field]));
      return values.flatMap(({ contactId, fieldId, value }) => {
        const field = fields.get(fieldId);
        return field === undefined ? [] : [{ contactId, field, value }];
      });
    });
  }

  /** Contacts that are alike: in their name, or in a field. Throws INVALID_INPUT for a key that no field has. */
  listDuplicates(
    ctx: Context,
    subaccountId: string,
    request: PageRequest,
    fieldKey: string | null,
  ): Promise<Page<Duplicates>> {
    return this.#database.read(ctx, async (em) => {
      const field = fieldKey === null ? null : await getFieldByKey(em, subaccountId, fieldKey, 'fieldKey');
      return listDuplicates(em, { subaccountId, fieldId: field?.id ?? null }, request);
    });
  }

  /** How contacts became one, for each that stayed, oldest first. */
  listMerges(ctx: Context, contactIds: readonly string[]): Promise<readonly ContactMerge[]> {
    return this.#database.read(ctx, (em) => listMerges(em, contactIds));
  }
}

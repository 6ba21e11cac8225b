import type { Context } from '../../kernel/context.js';
import type { Page, PageRequest } from '../../kernel/page.js';
import type { Database } from '../../platform/database/database.js';
import type { Contact } from './contact.entity.js';
import type { ContactFilter } from './contact.filter.js';
import { findContacts, getContact, listContacts, listMerges } from './contact.queries.js';
import type { ContactMerge } from './identity/contact-merge.entity.js';
import { findTags } from './tag/contact.tags.js';

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

  findTags(ctx: Context, contactIds: readonly string[]): Promise<ReadonlyMap<string, string[]>> {
    return this.#database.read(ctx, (em) => findTags(em, contactIds));
  }

  /** How contacts became one, for each that stayed, oldest first. */
  listMerges(ctx: Context, contactIds: readonly string[]): Promise<readonly ContactMerge[]> {
    return this.#database.read(ctx, (em) => listMerges(em, contactIds));
  }
}

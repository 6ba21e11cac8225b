import type { Context } from '../../kernel/context.js';
import type { Page, PageRequest } from '../../kernel/page.js';
import type { Database } from '../../platform/database/database.js';
import type { Contact } from './contact.entity.js';
import { findContacts, getContact, listContacts } from './contact.queries.js';
import type { ContactFilter } from './contact.queries.js';

/** Reads contacts. They are made by messages: see the contact directory. */
export class ContactService {
  readonly #database: Database;

  constructor(options: { readonly database: Database }) {
    this.#database = options.database;
  }

  /** Throws NOT_FOUND. */
  async get(ctx: Context, id: string): Promise<Contact> {
    return this.#database.read(ctx, (em) => getContact(em, id));
  }

  /** Those that exist and may be seen, in no order. */
  async findAll(ctx: Context, ids: readonly string[]): Promise<readonly Contact[]> {
    return this.#database.read(ctx, (em) => findContacts(em, ids));
  }

  async list(
    ctx: Context,
    subaccountId: string,
    request: PageRequest,
    filter: ContactFilter = {},
  ): Promise<Page<Contact>> {
    return this.#database.read(ctx, (em) => listContacts(em, subaccountId, request, filter));
  }
}

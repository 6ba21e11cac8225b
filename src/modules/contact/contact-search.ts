import type { Context } from '../../kernel/context.js';
import { decodeIdCursor, pageSize, toPage } from '../../kernel/page.js';
import type { Page, PageRequest } from '../../kernel/page.js';
import { parseSearch } from '../../kernel/search.js';
import type { Database } from '../../platform/database/database.js';
import { searchIds } from '../../platform/database/search.js';
import { Contact } from './contact.entity.js';

/** Finds contacts by the words of their names, and by numbers. */
export class ContactSearch {
  readonly #database: Database;

  constructor(options: { readonly database: Database }) {
    this.#database = options.database;
  }

  /** Contacts of a subaccount that have all the words, newest first. */
  async find(
    ctx: Context,
    subaccountId: string,
    request: PageRequest & { readonly query: string },
  ): Promise<Page<Contact>> {
    const size = pageSize(request);
    const before = request.after == null ? null : decodeIdCursor(request.after);
    const values = [subaccountId, parseSearch(request.query), before, size + 1];
    return this.#database.read(ctx, async (em) => {
      const ids = await searchIds(em, 'search_contacts', values);
      const rows = await em.find(Contact, { id: { $in: ids } }, { orderBy: { id: 'desc' } });
      return toPage(rows, size, request, ({ id }) => [id]);
    });
  }
}

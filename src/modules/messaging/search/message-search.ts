import type { Context } from '../../../kernel/context.js';
import { decodeIdCursor, pageSize, toPage } from '../../../kernel/page.js';
import type { Page, PageRequest } from '../../../kernel/page.js';
import { parseSearch } from '../../../kernel/search.js';
import type { Database } from '../../../platform/database/database.js';
import { searchIds } from '../../../platform/database/search.js';
import { Message } from '../message/message.entity.js';

export interface MessageSearchRequest extends PageRequest {
  readonly query: string;
  readonly deviceId?: string | null | undefined;
  readonly conversationId?: string | null | undefined;
}

/** Finds messages by their words. */
export class MessageSearch {
  readonly #database: Database;

  constructor(options: { readonly database: Database }) {
    this.#database = options.database;
  }

  /** Messages of a subaccount that hold all the words, newest first. */
  async find(ctx: Context, subaccountId: string, request: MessageSearchRequest): Promise<Page<Message>> {
    const size = pageSize(request);
    const { query, deviceId, conversationId, after } = request;
    const before = after == null ? null : decodeIdCursor(after);
    const values = [
      subaccountId,
      parseSearch(query),
      deviceId ?? null,
      conversationId ?? null,
      before,
      size + 1,
    ];
    return this.#database.read(ctx, async (em) => {
      const ids = await searchIds(em, 'search_messages', values);
      const rows = await em.find(Message, { id: { $in: ids } }, { orderBy: { id: 'desc' } });
      return toPage(rows, size, request, ({ id }) => [id]);
    });
  }
}

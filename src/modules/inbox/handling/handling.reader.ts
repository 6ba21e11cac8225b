import type { Context } from '../../../kernel/context.js';
import { invalidInput } from '../../../kernel/errors.js';
import { decodeIdCursor, pageSize, toPage } from '../../../kernel/page.js';
import type { Page, PageRequest } from '../../../kernel/page.js';
import type { Database } from '../../../platform/database/database.js';
import { findFirstOfEach, isAfter } from '../../../platform/database/first-of-each.js';
import { ConversationHandling } from './handling.entity.js';
import { summarizeHandlings, summarizeHandlingsTogether } from './response-times.js';
import type { HandlingRange, ResponseTimes } from './response-times.js';

const MAX_RANGE_MS = 400 * 24 * 60 * 60_000;

/** Reads how long people waited. */
export class HandlingReader {
  readonly #database: Database;

  constructor(options: { readonly database: Database }) {
    this.#database = options.database;
  }

  /** A page for each of several conversations, in their order, newest first. */
  listOfEach(
    ctx: Context,
    conversationIds: readonly string[],
    request: PageRequest,
  ): Promise<readonly Page<ConversationHandling>[]> {
    const size = pageSize(request);
    return this.#database.read(ctx, async (em) => {
      const ids = await findFirstOfEach(em, {
        table: 'conversation_handling',
        ownerColumn: 'conversation_id',
        ownerIds: conversationIds,
        conditions: request.after == null ? [] : [isAfter({ id: decodeIdCursor(request.after) })],
        newestBy: ['id'],
        limit: size + 1,
      });
      const rows = await em.find(ConversationHandling, { id: { $in: ids } }, { orderBy: { id: 'desc' } });
      const byConversation = Map.groupBy(rows, (row) => row.conversationId);
      return conversationIds.map((id) =>
        toPage(byConversation.get(id) ?? [], size, request, (row) => [row.id]),
      );
    });
  }

  /** Of each of these subaccounts, in their order. */
  async summarize(
    ctx: Context,
    subaccountIds: readonly string[],
    range: HandlingRange,
  ): Promise<readonly ResponseTimes[]> {
    refuseWrongRange(range);
    return this.#database.read(ctx, (em) => summarizeHandlings(em, subaccountIds, range));
  }

  /** Of all subaccounts of an agency that the caller sees, together. */
  async summarizeTogether(
    ctx: Context,
    agencyId: string,
    range: Pick<HandlingRange, 'from' | 'to'>,
  ): Promise<ResponseTimes> {
    refuseWrongRange(range);
    return this.#database.read(ctx, (em) => summarizeHandlingsTogether(em, agencyId, range));
  }
}

function refuseWrongRange({ from, to }: Pick<HandlingRange, 'from' | 'to'>): void {
  const lengthMs = to.getTime() - from.getTime();
  if (lengthMs <= 0 || lengthMs > MAX_RANGE_MS) {
    throw invalidInput([{ path: 'to', message: 'must be after `from`, by 400 days at most' }]);
  }
}

import type { Context } from '../../../kernel/context.js';
import type { Page, PageRequest } from '../../../kernel/page.js';
import type { Database } from '../../../platform/database/database.js';
import type { Conversation } from './conversation.entity.js';
import { findConversations, getConversation, listConversationsOfEach } from './conversation.queries.js';
import type { ConversationFilter, ConversationOwnerKey } from './conversation.queries.js';

/** Reads conversations. They are made by messages. */
export class ConversationService {
  readonly #database: Database;

  constructor(options: { readonly database: Database }) {
    this.#database = options.database;
  }

  /** Throws NOT_FOUND. */
  async get(ctx: Context, id: string): Promise<Conversation> {
    return this.#database.read(ctx, (em) => getConversation(em, id));
  }

  /** Those that exist and may be seen, in no order. */
  async findAll(ctx: Context, ids: readonly string[]): Promise<readonly Conversation[]> {
    return this.#database.read(ctx, (em) => findConversations(em, ids));
  }

  /** A page for each of several owners, in their order, most recent first. */
  async listOfEach(
    ctx: Context,
    owners: { readonly key: ConversationOwnerKey; readonly ids: readonly string[] },
    request: PageRequest,
    filter: ConversationFilter = {},
  ): Promise<readonly Page<Conversation>[]> {
    return this.#database.read(ctx, (em) => listConversationsOfEach(em, owners, request, filter));
  }
}

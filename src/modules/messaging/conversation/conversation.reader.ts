import type { Context } from '../../../kernel/context.js';
import type { Page, PageRequest } from '../../../kernel/page.js';
import type { Database } from '../../../platform/database/database.js';
import { Device } from '../../device/index.js';
import { Conversation } from './conversation.entity.js';
import { findLabels } from './conversation.labels.js';
import {
  countConversationsOfEach,
  findConversations,
  getConversation,
  listConversationsOfEach,
} from './conversation.queries.js';
import type { ConversationFilter, ConversationOwnerKey } from './conversation.queries.js';
import { findUnread } from './conversation.unread.js';

/** Reads conversations and what belongs to them. */
export class ConversationReader {
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
    const question = { filter, userId: userIdOf(ctx) };
    return this.#database.read(ctx, (em) => listConversationsOfEach(em, owners, request, question));
  }

  /** How many each subaccount has, in their order, counted up to {@link MAX_COUNT}. */
  async countOfEach(
    ctx: Context,
    subaccountIds: readonly string[],
    filter: ConversationFilter = {},
  ): Promise<readonly number[]> {
    const question = { filter, userId: userIdOf(ctx) };
    return this.#database.read(ctx, (em) => countConversationsOfEach(em, subaccountIds, question));
  }

  /** Also of one that was deleted: its conversations stay. */
  async hasDevice(ctx: Context, id: string): Promise<boolean> {
    return this.#database.read(ctx, async (em) => (await em.count(Device, { id })) > 0);
  }

  /** Those of a user, latest message first. */
  async listIdsOf(
    ctx: Context,
    owner: { readonly subaccountId: string; readonly assigneeId: string },
    limit: number,
  ): Promise<string[]> {
    const options = { fields: ['id'], orderBy: { lastMessageAt: 'desc' }, limit } as const;
    return this.#database.read(ctx, async (em) =>
      (await em.find(Conversation, owner, options)).map(({ id }) => id),
    );
  }

  async findLabels(ctx: Context, ids: readonly string[]): Promise<ReadonlyMap<string, string[]>> {
    return this.#database.read(ctx, (em) => findLabels(em, ids));
  }

  /** How many messages each of these has that the caller has not read; null for callers who are no users. */
  async countUnread(ctx: Context, conversations: readonly Conversation[]): Promise<(number | null)[]> {
    const userId = userIdOf(ctx);
    if (userId === null) return conversations.map(() => null);
    const ids = conversations.map(({ id }) => id);
    const unread = await this.#database.read(ctx, (em) => findUnread(em, userId, ids));
    return conversations.map(({ id, receivedCount }) => receivedCount - (unread.get(id) ?? receivedCount));
  }
}

function userIdOf({ actor }: Context): string | null {
  return actor.kind === 'user' ? actor.userId : null;
}

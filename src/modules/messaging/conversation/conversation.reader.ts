import type { EntityManager } from '@mikro-orm/postgresql';
import type { Context } from '../../../kernel/context.js';
import type { Page, PageRequest } from '../../../kernel/page.js';
import type { Database } from '../../../platform/database/database.js';
import { Device } from '../../device/index.js';
import { User } from '../../identity/index.js';
import { Conversation } from './conversation.entity.js';
import { findLabels } from './conversation.labels.js';
import {
  countConversationsOfEach,
  findConversations,
  getConversation,
  isPersonal,
  listConversationsOfEach,
} from './conversation.queries.js';
import type { ConversationFilter, ConversationOwnerKey, Reader } from './conversation.queries.js';
import { findReads } from './conversation.reads.js';

/** WhatsApp tells times in whole seconds, and its clock is not ours. */
const CLOCK_TOLERANCE_MS = 60_000;

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
    return this.#database.read(ctx, async (em) => {
      const reader = isPersonal(filter) ? await findReader(em, ctx) : null;
      return listConversationsOfEach(em, owners, request, { filter, reader });
    });
  }

  /** How many each subaccount has, in their order, counted up to {@link MAX_COUNT}. */
  async countOfEach(
    ctx: Context,
    subaccountIds: readonly string[],
    filter: ConversationFilter = {},
  ): Promise<readonly number[]> {
    return this.#database.read(ctx, async (em) => {
      const reader = isPersonal(filter) ? await findReader(em, ctx) : null;
      return countConversationsOfEach(em, subaccountIds, { filter, reader });
    });
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
    return this.#database.read(ctx, async (em) => {
      const reader = await findReader(em, ctx);
      if (reader === null) return conversations.map(() => null);
      const ids = conversations.map(({ id }) => id);
      const reads = await findReads(em, reader.userId, ids);
      return conversations.map(({ id, receivedCount, lastMessageAt }) => {
        if (lastMessageAt < reader.since) return 0;
        return receivedCount - (reads.get(id)?.readCount ?? 0);
      });
    });
  }
}

async function findReader(em: EntityManager, { actor }: Context): Promise<Reader | null> {
  if (actor.kind !== 'user') return null;
  const user = await em.findOne(User, { id: actor.userId });
  if (user === null) return null;
  return { userId: user.id, since: new Date(user.createdAt.getTime() - CLOCK_TOLERANCE_MS) };
}

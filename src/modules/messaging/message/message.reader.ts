import type { Context } from '../../../kernel/context.js';
import { MAX_PAGE_SIZE } from '../../../kernel/page.js';
import type { Page, PageRequest } from '../../../kernel/page.js';
import type { Database } from '../../../platform/database/database.js';
import { Device } from '../../device/index.js';
import { findReactions } from '../action/reaction.queries.js';
import type { Reaction } from '../action/reaction.queries.js';
import { Conversation } from '../conversation/conversation.entity.js';
import type { Media } from '../media/media.entity.js';
import type { MessageAttempt } from '../outbound/attempt.entity.js';
import { Message } from './message.entity.js';
import { findAttempts, findMedia, findMessages, getMessage, listMessagesOfEach } from './message.queries.js';
import type { MessageFilter, MessageOwnerKey } from './message.queries.js';

/** Reads messages and what belongs to them. */
export class MessageReader {
  readonly #database: Database;

  constructor(options: { readonly database: Database }) {
    this.#database = options.database;
  }

  /** Throws NOT_FOUND. */
  async get(ctx: Context, id: string): Promise<Message> {
    return this.#database.read(ctx, (em) => getMessage(em, id));
  }

  /** By the number that the database gave it. */
  async findByNumber(ctx: Context, number: number): Promise<Message | null> {
    return this.#database.read(ctx, (em) => em.findOne(Message, { number }));
  }

  /** Those that exist and may be seen, in no order. */
  async findAll(ctx: Context, ids: readonly string[]): Promise<readonly Message[]> {
    return this.#database.read(ctx, (em) => findMessages(em, ids));
  }

  /** A page for each of several owners, in their order, newest first. */
  async listOfEach(
    ctx: Context,
    owners: { readonly key: MessageOwnerKey; readonly ids: readonly string[] },
    request: PageRequest,
    filter: MessageFilter = {},
  ): Promise<readonly Page<Message>[]> {
    return this.#database.read(ctx, (em) => listMessagesOfEach(em, owners, request, filter));
  }

  /** All messages that a device sent, newest first, a page at a time. */
  async *listSent(
    ctx: Context,
    deviceId: string,
    filter: MessageFilter,
  ): AsyncGenerator<Message, void, undefined> {
    for (let after: string | null = null; ;) {
      const page = await this.listSentPage(ctx, deviceId, { first: MAX_PAGE_SIZE, after }, filter);
      for (const { node } of page.items) yield node;
      const last = page.items.at(-1);
      if (last === undefined || !page.hasNextPage) return;
      after = last.cursor;
    }
  }

  /** Messages that a device sent, newest first. */
  async listSentPage(
    ctx: Context,
    deviceId: string,
    request: PageRequest,
    filter: MessageFilter,
  ): Promise<Page<Message>> {
    const owner = { key: 'deviceId', ids: [deviceId] } as const;
    const [page] = await this.listOfEach(ctx, owner, request, { ...filter, direction: 'OUTBOUND' });
    return page ?? { items: [], hasNextPage: false, hasPreviousPage: false };
  }

  /** Also devices that were deleted: their messages stay. */
  async findDevices(ctx: Context, ids: readonly string[]): Promise<readonly Device[]> {
    return this.#database.read(ctx, (em) => em.find(Device, { id: { $in: [...ids] } }));
  }

  async findConversations(ctx: Context, ids: readonly string[]): Promise<readonly Conversation[]> {
    return this.#database.read(ctx, (em) => em.find(Conversation, { id: { $in: [...ids] } }));
  }

  async findMedia(ctx: Context, messageIds: readonly string[]): Promise<readonly Media[]> {
    return this.#database.read(ctx, (em) => findMedia(em, messageIds));
  }

  /** What people think of messages now. */
  async findReactions(ctx: Context, messageIds: readonly string[]): Promise<readonly Reaction[]> {
    return this.#database.read(ctx, (em) => findReactions(em, messageIds));
  }

  async findAttempts(ctx: Context, messageIds: readonly string[]): Promise<readonly MessageAttempt[]> {
    return this.#database.read(ctx, (em) => findAttempts(em, messageIds));
  }
}

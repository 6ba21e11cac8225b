import type { Context } from '../../../kernel/context.js';
import type { Page, PageRequest } from '../../../kernel/page.js';
import type { Database } from '../../../platform/database/database.js';
import { Device } from '../../device/index.js';
import { Conversation } from '../conversation/conversation.entity.js';
import type { Media } from '../media/media.entity.js';
import type { MessageAttempt } from '../outbound/attempt.entity.js';
import type { Message } from './message.entity.js';
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

  async findAttempts(ctx: Context, messageIds: readonly string[]): Promise<readonly MessageAttempt[]> {
    return this.#database.read(ctx, (em) => findAttempts(em, messageIds));
  }
}

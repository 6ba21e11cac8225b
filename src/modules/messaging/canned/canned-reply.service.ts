import { UniqueConstraintViolationException } from '@mikro-orm/core';
import type { Clock } from '../../../kernel/clock.js';
import type { Context } from '../../../kernel/context.js';
import type { NewEvent } from '../../../kernel/events.js';
import { parseInput } from '../../../kernel/input.js';
import { render } from '../../../kernel/template.js';
import type { Rendered } from '../../../kernel/template.js';
import type { Page, PageRequest } from '../../../kernel/page.js';
import type { Database } from '../../../platform/database/database.js';
import type { Transaction } from '../../../platform/database/transaction.js';
import { assertFields } from '../../contact/index.js';
import { getSubaccount } from '../../tenancy/index.js';
import { messagingErrors } from '../messaging.errors.js';
import { CannedReply } from './canned-reply.entity.js';
import { cannedReplyChanges, newCannedReply } from './canned-reply.input.js';
import type { CannedReplyChanges, NewCannedReply } from './canned-reply.input.js';
import {
  findCannedReplies,
  getCannedReply,
  listCannedReplies,
  lockCannedReply,
} from './canned-reply.queries.js';
import { findVariables } from './canned-reply.variables.js';

const MAX_REPLIES = 1_000;

/** Texts that a team writes again and again. */
export class CannedReplyService {
  readonly #database: Database;
  readonly #clock: Clock;

  constructor(options: { readonly database: Database; readonly clock: Clock }) {
    this.#database = options.database;
    this.#clock = options.clock;
  }

  /** Those that exist and may be seen, in no order. */
  findAll(ctx: Context, ids: readonly string[]): Promise<readonly CannedReply[]> {
    return this.#database.read(ctx, (em) => findCannedReplies(em, ids));
  }

  list(ctx: Context, subaccountId: string, request: PageRequest): Promise<Page<CannedReply>> {
    return this.#database.read(ctx, (em) => listCannedReplies(em, subaccountId, request));
  }

  /** The text for one conversation, as the caller would send it. Throws NOT_FOUND. */
  async render(ctx: Context, id: string, conversationId: string): Promise<Rendered> {
    ctx.require('contact:read');
    return this.#database.read(ctx, async (em) => {
      const reply = await getCannedReply(em, id);
      return render(reply.text, await findVariables(em, ctx, reply, conversationId));
    });
  }

  /** Throws SHORTCUT_TAKEN and CANNED_REPLY_LIMIT_EXCEEDED. */
  async create(ctx: Context, request: NewCannedReply): Promise<CannedReply> {
    const { subaccountId, ...draft } = parseInput(newCannedReply, request);
    return this.#database.write(ctx, async (tx) => {
      const { agencyId } = await getSubaccount(tx.em, subaccountId);
      await assertFields(tx.em, subaccountId, { path: 'input.text', text: draft.text });
      if ((await tx.em.count(CannedReply, { subaccountId })) >= MAX_REPLIES) {
        throw messagingErrors.CANNED_REPLY_LIMIT_EXCEEDED({ data: { limit: MAX_REPLIES } });
      }
      const reply = CannedReply.create({ agencyId, subaccountId, ...draft }, this.#clock.now());
      tx.em.persist(reply);
      await flushUnique(tx, reply);
      tx.append(changed('canned_reply.created', reply));
      return reply;
    });
  }

  /** What is left out stays. Throws SHORTCUT_TAKEN. */
  async update(ctx: Context, id: string, request: CannedReplyChanges): Promise<CannedReply> {
    const { shortcut, text } = parseInput(cannedReplyChanges, request);
    return this.#database.write(ctx, async (tx) => {
      const reply = await lockCannedReply(tx.em, id);
      if (text != null) await assertFields(tx.em, reply.subaccountId, { path: 'input.text', text });
      reply.shortcut = shortcut ?? reply.shortcut;
      reply.text = text ?? reply.text;
      reply.updatedAt = this.#clock.now();
      await flushUnique(tx, reply);
      tx.append(changed('canned_reply.updated', reply));
      return reply;
    });
  }

  async delete(ctx: Context, id: string): Promise<void> {
    await this.#database.write(ctx, async (tx) => {
      const reply = await lockCannedReply(tx.em, id);
      tx.em.remove(reply);
      tx.append(changed('canned_reply.deleted', reply));
    });
  }
}

async function flushUnique(tx: Transaction, { shortcut }: CannedReply): Promise<void> {
  try {
    await tx.em.flush();
  } catch (error) {
    if (!(error instanceof UniqueConstraintViolationException)) throw error;
    throw messagingErrors.SHORTCUT_TAKEN({ data: { shortcut } });
  }
}

function changed(
  topic: 'canned_reply.created' | 'canned_reply.updated' | 'canned_reply.deleted',
  { id, subaccountId }: CannedReply,
): NewEvent {
  return { topic, subaccountId, payload: { cannedReplyId: id } };
}

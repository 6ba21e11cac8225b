import { LockMode } from '@mikro-orm/core';
import type { FilterQuery } from '@mikro-orm/core';
import type { Clock } from '../../../kernel/clock.js';
import type { Context } from '../../../kernel/context.js';
import { kernelErrors } from '../../../kernel/errors.js';
import { parseInput } from '../../../kernel/input.js';
import { decodeIdCursor, pageSize, toPage } from '../../../kernel/page.js';
import type { Page, PageRequest } from '../../../kernel/page.js';
import type { Database } from '../../../platform/database/database.js';
import type { Transaction } from '../../../platform/database/transaction.js';
import { getSubaccount } from '../../tenancy/index.js';
import { inboxErrors } from '../inbox.errors.js';
import { ConversationView } from './view.entity.js';
import { viewChanged } from './view.events.js';
import { MAX_VIEWS, newView, viewChanges } from './view.input.js';
import type { NewView, ViewChanges } from './view.input.js';

/** Keeps filters of conversations under names: one's own, which nobody else sees, and those that everybody shares. */
export class ViewService {
  readonly #database: Database;
  readonly #clock: Clock;

  constructor(options: { readonly database: Database; readonly clock: Clock }) {
    this.#database = options.database;
    this.#clock = options.clock;
  }

  /** Those that exist and may be seen, in no order. */
  findAll(ctx: Context, ids: readonly string[]): Promise<readonly ConversationView[]> {
    return this.#database.read(ctx, (em) =>
      em.find(ConversationView, { $and: [{ id: { $in: [...ids] } }, seenBy(ctx)] }),
    );
  }

  /** Oldest first. */
  list(ctx: Context, subaccountId: string, request: PageRequest): Promise<Page<ConversationView>> {
    const size = pageSize(request);
    const place = request.after == null ? {} : { id: { $gt: decodeIdCursor(request.after) } };
    return this.#database.read(ctx, async (em) => {
      const conditions = [{ subaccountId }, place, seenBy(ctx)];
      const options = { orderBy: { id: 'asc' }, limit: size + 1 } as const;
      const views = await em.find(ConversationView, { $and: conditions }, options);
      return toPage(views, size, request, (view) => [view.id]);
    });
  }

  /** A key has no views of its own: it makes shared ones. Throws VIEW_LIMIT_EXCEEDED. */
  create(ctx: Context, request: NewView): Promise<ConversationView> {
    const { subaccountId, isShared, ...facts } = parseInput(newView, request);
    const ownerId = isShared ? null : userOf(ctx);
    if (ownerId === null) ctx.require('conversation_view:share', subaccountId);
    return this.#database.write(ctx, async (tx) => {
      const { agencyId } = await getSubaccount(tx.em, subaccountId);
      if ((await tx.em.count(ConversationView, { subaccountId, ownerId })) >= MAX_VIEWS) {
        throw inboxErrors.VIEW_LIMIT_EXCEEDED({ data: { limit: MAX_VIEWS } });
      }
      const view = ConversationView.create({ agencyId, subaccountId, ownerId, ...facts }, this.#clock.now());
      tx.em.persist(view);
      tx.append(viewChanged('conversation_view.created', view));
      return view;
    });
  }

  update(ctx: Context, id: string, request: ViewChanges): Promise<ConversationView> {
    const { name, filter } = parseInput(viewChanges, request);
    return this.#database.write(ctx, async (tx) => {
      const view = await lockView(tx, id);
      Object.assign(view, { ...(name !== undefined && { name }), ...(filter !== undefined && { filter }) });
      view.updatedAt = this.#clock.now();
      tx.append(viewChanged('conversation_view.updated', view));
      return view;
    });
  }

  delete(ctx: Context, id: string): Promise<void> {
    return this.#database.write(ctx, async (tx) => {
      const view = await lockView(tx, id);
      tx.em.remove(view);
      tx.append(viewChanged('conversation_view.deleted', view));
    });
  }
}

/** Somebody else's own looks like one that does not exist. */
async function lockView(tx: Transaction, id: string): Promise<ConversationView> {
  const lock = { lockMode: LockMode.PESSIMISTIC_WRITE };
  const view = await tx.em.findOne(ConversationView, { $and: [{ id }, seenBy(tx.ctx)] }, lock);
  if (view === null) throw kernelErrors.NOT_FOUND();
  if (view.ownerId == null) tx.ctx.require('conversation_view:share', view.subaccountId);
  return view;
}

function seenBy(ctx: Context): FilterQuery<ConversationView> {
  const userId = userOf(ctx);
  return userId === null ? { ownerId: null } : { $or: [{ ownerId: null }, { ownerId: userId }] };
}

function userOf({ actor }: Context): string | null {
  return actor.kind === 'user' ? actor.userId : null;
}

import type { Context } from '../../../kernel/context.js';
import type { Page, PageRequest } from '../../../kernel/page.js';
import type { Database } from '../../../platform/database/database.js';
import type { DealMove } from './deal-move.entity.js';
import type { Deal } from './deal.entity.js';
import { findDeals, getDeal, listBoard, listDealsOfEach, listMoves } from './deal.queries.js';
import type { DealFilter, DealOwnerKey } from './deal.queries.js';
import { findTags } from './deal.tags.js';
import { sumDeals } from './deal.totals.js';
import type { DealTotal } from './deal.totals.js';

/** Reads deals and what belongs to them. */
export class DealReader {
  readonly #database: Database;

  constructor(options: { readonly database: Database }) {
    this.#database = options.database;
  }

  /** Throws NOT_FOUND. */
  get(ctx: Context, id: string): Promise<Deal> {
    return this.#database.read(ctx, (em) => getDeal(em, id));
  }

  /** Those that exist and may be seen, in no order. */
  findAll(ctx: Context, ids: readonly string[]): Promise<readonly Deal[]> {
    return this.#database.read(ctx, (em) => findDeals(em, ids));
  }

  /** A page for each of several owners, in their order, newest first. */
  listOfEach(
    ctx: Context,
    owners: { readonly key: DealOwnerKey; readonly ids: readonly string[] },
    request: PageRequest,
    filter: DealFilter = {},
  ): Promise<readonly Page<Deal>[]> {
    return this.#database.read(ctx, (em) => listDealsOfEach(em, owners, request, filter));
  }

  /** A page of each of several stages, in the order that people gave the deals. */
  listBoard(
    ctx: Context,
    stageIds: readonly string[],
    request: PageRequest,
    filter: DealFilter = {},
  ): Promise<readonly Page<Deal>[]> {
    return this.#database.read(ctx, (em) => listBoard(em, stageIds, request, filter));
  }

  findTags(ctx: Context, dealIds: readonly string[]): Promise<ReadonlyMap<string, string[]>> {
    return this.#database.read(ctx, (em) => findTags(em, dealIds));
  }

  /** The history of each of these deals, oldest first. */
  listMoves(ctx: Context, dealIds: readonly string[]): Promise<readonly DealMove[]> {
    return this.#database.read(ctx, (em) => listMoves(em, dealIds));
  }

  sum(ctx: Context, pipelineIds: readonly string[]): Promise<readonly DealTotal[]> {
    return this.#database.read(ctx, (em) => sumDeals(em, pipelineIds));
  }
}

import type { Context } from '../../../kernel/context.js';
import type { Page, PageRequest } from '../../../kernel/page.js';
import type { Database } from '../../../platform/database/database.js';
import type { AutomationRunStep } from './run-step.entity.js';
import type { AutomationRun } from './run.entity.js';
import { findRuns, listRunsOfEach, listRunSteps } from './run.queries.js';
import type { RunFilter, RunOwnerKey } from './run.queries.js';

/** Reads what rules did. */
export class AutomationRunReader {
  readonly #database: Database;

  constructor(options: { readonly database: Database }) {
    this.#database = options.database;
  }

  /** Those that exist and may be seen, in no order. */
  findAll(ctx: Context, ids: readonly string[]): Promise<readonly AutomationRun[]> {
    return this.#database.read(ctx, (em) => findRuns(em, ids));
  }

  /** The steps behind each of these runs, in their order. */
  listSteps(ctx: Context, runIds: readonly string[]): Promise<readonly AutomationRunStep[]> {
    return this.#database.read(ctx, (em) => listRunSteps(em, runIds));
  }

  /** A page for each of several owners, in their order, newest first. */
  listOfEach(
    ctx: Context,
    owners: { readonly key: RunOwnerKey; readonly ids: readonly string[] },
    request: PageRequest,
    filter: RunFilter,
  ): Promise<readonly Page<AutomationRun>[]> {
    return this.#database.read(ctx, (em) => listRunsOfEach(em, owners, request, filter));
  }
}

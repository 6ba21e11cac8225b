import type { Clock } from '../../../kernel/clock.js';
import type { Context } from '../../../kernel/context.js';
import type { Database } from '../../../platform/database/database.js';
import type { Transaction } from '../../../platform/database/transaction.js';
import { readEvents } from '../../../platform/events/log-reader.js';
import type { StreamReader } from '../../../platform/events/stream-news.js';
import type { Automation } from '../automation.entity.js';
import { findAutomationsAtWork } from '../automation.queries.js';
import type { RunQueue } from '../run/run.queue.js';
import { AUTOMATION_PLACE } from './automation-place.js';
import { isTriggeredBy } from './happening.js';
import type { IdleWatches } from './idle-watches.js';
import type { Planner } from './planner.js';
import { loadSituations } from './situation.js';
import type { Situation } from './situation.js';

const BATCH_SIZE = 100;

/**
 * Reads a subaccount's stream of events and begins runs of the rules that wait for them, in the transaction that moves its place. A rule runs
 * once for an event, however often that is read.
 */
export class AutomationReader implements StreamReader {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #planner: Planner;
  readonly #watches: IdleWatches;
  readonly #queue: RunQueue;

  constructor(options: {
    readonly database: Database;
    readonly clock: Clock;
    readonly planner: Planner;
    readonly watches: IdleWatches;
    readonly queue: RunQueue;
  }) {
    this.#database = options.database;
    this.#clock = options.clock;
    this.#planner = options.planner;
    this.#watches = options.watches;
    this.#queue = options.queue;
  }

  async readOn(ctx: Context, subaccountId: string, signal: AbortSignal): Promise<void> {
    while (!signal.aborted && (await this.#readBatch(ctx, subaccountId))) {
      // Goes on with the next batch.
    }
  }

  /** Returns whether there may be more. */
  #readBatch(ctx: Context, subaccountId: string): Promise<boolean> {
    return this.#database.write(ctx, async (tx) => {
      const place = await AUTOMATION_PLACE.take(tx.em, subaccountId);
      if (place === null) return false;
      const automations = await findAutomationsAtWork(tx.em, subaccountId);
      if (automations.length === 0) {
        await AUTOMATION_PLACE.retire(tx.em, subaccountId);
        return false;
      }
      const events = await readEvents(tx.em, subaccountId, place, BATCH_SIZE);
      const last = events.at(-1);
      if (last === undefined) return false;
      await this.#watches.note(tx, automations, events);
      const situations = await loadSituations(tx.em, events, this.#clock.now());
      let isDue = false;
      for (const situation of situations) isDue = (await this.#begin(tx, automations, situation)) || isDue;
      const { agencyId } = ctx.requireScope();
      if (isDue) tx.afterCommit(() => this.#queue.addDue({ agencyId, subaccountId }));
      await AUTOMATION_PLACE.move(tx.em, subaccountId, last.seq);
      return events.length === BATCH_SIZE;
    });
  }

  /** Returns whether there is a run that something is to be done for. */
  async #begin(
    tx: Transaction,
    automations: readonly Automation[],
    situation: Situation & { readonly seq: number },
  ): Promise<boolean> {
    const { seq, happening } = situation;
    let isDue = false;
    for (const automation of automations) {
      if (seq <= automation.sinceSeq || !isTriggeredBy(automation, happening)) continue;
      const run = await this.#planner.plan(tx, automation, situation);
      if (run.status === 'SKIPPED') continue;
      isDue = isDue || run.dueAt != null;
      if (automation.stopsOthers) break;
    }
    return isDue;
  }
}

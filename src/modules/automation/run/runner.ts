import type { Clock } from '../../../kernel/clock.js';
import { Context } from '../../../kernel/context.js';
import type { Database } from '../../../platform/database/database.js';
import type { Transaction } from '../../../platform/database/transaction.js';
import type { Logger } from '../../../platform/logging/logger.js';
import { Automation } from '../automation.entity.js';
import type { StepOf } from '../rule/rule.js';
import { takeEffect } from './effect.js';
import type { Effects } from './effect.js';
import type { RunLedger } from './run-ledger.js';
import { findDueRuns, lockDueRun } from './run.queries.js';
import type { AutomationRun } from './run.entity.js';
import type { RunQueue } from './run.queue.js';
import { judgeFailure } from './step-failure.js';

const RUNS_AT_ONCE = 50;
/** After so long a subaccount queues up behind the others. */
const TURN_MS = 10_000;

interface Place {
  readonly agencyId: string;
  readonly subaccountId: string;
}

/** What is to be done with a run that was looked at: the next step, a call, nothing for now. */
type Next = 'STEP' | 'CALL' | 'REST';

/**
 * Takes runs on, step by step. What a step does and that the run is behind it are one transaction: whoever dies whenever, a step is done
 * once. Calls of other people's servers are made apart, so that nobody waits for them.
 */
export class Runner {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #effects: Effects;
  readonly #ledger: RunLedger;
  readonly #queue: RunQueue;
  readonly #logger: Logger;

  constructor(options: {
    readonly database: Database;
    readonly clock: Clock;
    readonly effects: Effects;
    readonly ledger: RunLedger;
    readonly queue: RunQueue;
    readonly logger: Logger;
  }) {
    this.#database = options.database;
    this.#clock = options.clock;
    this.#effects = options.effects;
    this.#ledger = options.ledger;
    this.#queue = options.queue;
    this.#logger = options.logger;
  }

  /** Runs of a subaccount that are due, oldest first, until none is or the turn is over. */
  async runDue(place: Place, signal: AbortSignal): Promise<void> {
    const ctx = Context.forJob('automation.run_due', place);
    const turnEndsAtMs = this.#clock.monotonicMs() + TURN_MS;
    const seen = new Set<string>();
    while (!signal.aborted) {
      if (this.#clock.monotonicMs() > turnEndsAtMs) {
        await this.#queue.addDue(place);
        return;
      }
      const query = { at: this.#clock.now(), without: seen, limit: RUNS_AT_ONCE };
      const due = await this.#database.read(ctx, (em) => findDueRuns(em, place.subaccountId, query));
      if (due.length === 0) return;
      for (const run of due) {
        seen.add(run.id);
        await this.#run(run, signal);
      }
    }
  }

  async #run(run: AutomationRun, signal: AbortSignal): Promise<void> {
    const ctx = contextOf(run);
    let next: Next = 'STEP';
    while (next === 'STEP' && !signal.aborted) {
      let nextStep = -1;
      try {
        next = await this.#database.compose(ctx, async (tx, inside) => {
          const locked = await lockDueRun(tx.em, run.id, this.#clock.now());
          if (locked === null) return 'REST';
          nextStep = locked.nextStep;
          return this.#step(tx, inside, locked);
        });
      } catch (error) {
        next = await this.#fail(ctx, run.id, nextStep, error);
      }
    }
    if (next === 'CALL') await this.#queue.addCall(run, run.id);
  }

  async #step(tx: Transaction, inside: Context, run: AutomationRun): Promise<Next> {
    const { step } = run;
    const now = this.#clock.now();
    const automation = await tx.em.findOne(Automation, { id: run.automationId });
    if (automation?.isAtWork !== true) run.end('SKIPPED', now, 'AUTOMATION_OFF');
    else if (step === null) run.end('SUCCEEDED', now);
    else if (step.kind === 'CALL_WEBHOOK') return 'CALL';
    else if (step.kind === 'WAIT') {
      this.#ledger.pass(tx, run, step.kind, { status: 'DONE' }, waitUntil(step, now));
    } else {
      const outcome = await takeEffect(this.#effects, { tx, inside, run }, step);
      this.#ledger.pass(tx, run, step.kind, outcome);
    }
    return run.status === 'RUNNING' ? 'STEP' : 'REST';
  }

  /** In a transaction of its own: that of the step was taken back. */
  async #fail(ctx: Context, runId: string, nextStep: number, error: unknown): Promise<Next> {
    const failure = judgeFailure(error);
    if (failure.reason === 'INTERNAL_ERROR') {
      this.#logger.error({ err: error, automationRunId: runId }, 'a step of an automation failed');
    }
    return this.#database.write(ctx, async (tx) => {
      const run = await lockDueRun(tx.em, runId, this.#clock.now());
      // Somebody else took the step meanwhile.
      if (run?.step == null || run.nextStep !== nextStep) return 'REST';
      this.#ledger.fail(tx, run, run.step.kind, failure);
      return run.status === 'RUNNING' && failure.kind === 'LEFT_OUT' ? 'STEP' : 'REST';
    });
  }
}

/** Events that a run causes say so, and how many rules led to it. */
export function contextOf({ automationId: id, depth, agencyId, subaccountId }: AutomationRun): Context {
  return Context.forAutomation({ id, depth }, { agencyId, subaccountId });
}

function waitUntil({ seconds }: StepOf<'WAIT'>, now: Date): Date {
  return new Date(now.getTime() + seconds * 1_000);
}

import type { Clock } from '../../../kernel/clock.js';
import type { Transaction } from '../../../platform/database/transaction.js';
import { runFailed } from '../automation.events.js';
import type { StepKind } from '../rule/rule.js';
import { AutomationRunStep } from './run-step.entity.js';
import type { StepOutcome } from './run-step.entity.js';
import type { AutomationRun } from './run.entity.js';
import { nextTryAt } from './step-failure.js';
import type { StepFailure } from './step-failure.js';

/** Writes down what came of steps, inside the caller's transaction, which has the run locked. */
export class RunLedger {
  readonly #clock: Clock;
  readonly #random: () => number;

  constructor(options: { readonly clock: Clock; readonly random: () => number }) {
    this.#clock = options.clock;
    this.#random = options.random;
  }

  /** The step is behind the run, which goes on at once or at `dueAt`. */
  pass(tx: Transaction, run: AutomationRun, kind: StepKind, outcome: StepOutcome, dueAt?: Date): void {
    const now = this.#clock.now();
    tx.em.persist(AutomationRunStep.of(run, kind, outcome, now));
    run.advance(now, dueAt ?? now);
  }

  fail(
    tx: Transaction,
    run: AutomationRun,
    kind: StepKind,
    { kind: verdict, reason, detail }: StepFailure,
  ): void {
    const now = this.#clock.now();
    const facts = { reason, ...(detail !== null && { detail }) };
    if (verdict === 'LEFT_OUT') {
      this.pass(tx, run, kind, { status: 'SKIPPED', ...facts });
      return;
    }
    const again = verdict === 'AGAIN' ? nextTryAt(run.attempts + 1, now, this.#random) : null;
    if (again !== null) {
      run.attempts += 1;
      run.retry(again, reason, detail);
      return;
    }
    tx.em.persist(AutomationRunStep.of(run, kind, { status: 'FAILED', ...facts }, now));
    run.attempts += 1;
    run.end('FAILED', now, reason, detail);
    tx.append(runFailed(run));
  }
}

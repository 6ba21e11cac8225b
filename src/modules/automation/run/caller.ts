import { LockMode } from '@mikro-orm/core';
import type { Clock } from '../../../kernel/clock.js';
import type { Context } from '../../../kernel/context.js';
import { AppError } from '../../../kernel/errors.js';
import { toPublicId } from '../../../kernel/ids.js';
import type { Database } from '../../../platform/database/database.js';
import type { Transaction } from '../../../platform/database/transaction.js';
import type { OutboundHttp } from '../../../platform/outbound/outbound-http.js';
import { signedHeaders } from '../../../platform/outbound/signed-headers.js';
import { findDeviceFeatures } from '../../billing/index.js';
import { Device } from '../../device/index.js';
import { Automation } from '../automation.entity.js';
import type { AutomationSecrets } from '../automation.secrets.js';
import type { RuleStep } from '../rule/rule.js';
import { callBodyOf } from './call-body.js';
import type { RunLedger } from './run-ledger.js';
import { AutomationRun } from './run.entity.js';
import { lockDueRun } from './run.queries.js';
import type { RunQueue } from './run.queue.js';
import { contextOf } from './runner.js';
import type { StepFailure } from './step-failure.js';

/** When somebody else may make a call that was never settled: longer than any call takes. */
const CLAIM_MS = 60_000;
const TIMEOUT_MS = 20_000;
const MAX_RESPONSE_BYTES = 64 * 1024;
const GONE = 410;

interface Call {
  readonly run: AutomationRun;
  readonly url: string;
  readonly body: string;
  readonly secret: string;
}

/** Calls other people's servers for runs: at least once for a step, and with the same id and body each time. */
export class Caller {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #http: Pick<OutboundHttp, 'call'>;
  readonly #secrets: AutomationSecrets;
  readonly #ledger: RunLedger;
  readonly #queue: RunQueue;

  constructor(options: {
    readonly database: Database;
    readonly clock: Clock;
    readonly outboundHttp: Pick<OutboundHttp, 'call'>;
    readonly secrets: AutomationSecrets;
    readonly ledger: RunLedger;
    readonly queue: RunQueue;
  }) {
    this.#database = options.database;
    this.#clock = options.clock;
    this.#http = options.outboundHttp;
    this.#secrets = options.secrets;
    this.#ledger = options.ledger;
    this.#queue = options.queue;
  }

  async call(ctx: Context, runId: string, signal: AbortSignal): Promise<void> {
    const call = await this.#database.write(ctx, (tx) => this.#claim(tx, runId));
    if (call === null) return;
    const failure = await this.#post(call, signal);
    await this.#database.write(contextOf(call.run), (tx) => this.#settle(tx, call.run, failure));
  }

  async #claim(tx: Transaction, runId: string): Promise<Call | null> {
    const now = this.#clock.now();
    const run = await lockDueRun(tx.em, runId, now);
    if (run?.step?.kind !== 'CALL_WEBHOOK') return null;
    const automation = await tx.em.findOne(Automation, { id: run.automationId });
    if (automation?.isAtWork !== true) {
      run.end('SKIPPED', now, 'AUTOMATION_OFF');
      return null;
    }
    if (!(await mayTell(tx, run, now))) {
      this.#pass(tx, run, run.step, { status: 'SKIPPED', reason: 'WEBHOOKS_NOT_INCLUDED' });
      return null;
    }
    run.callBody ??= JSON.stringify(await callBodyOf(tx.em, automation, run));
    run.dueAt = new Date(now.getTime() + CLAIM_MS);
    const secret = this.#secrets.signingSecret(automation);
    return { run, url: run.step.url, body: run.callBody, secret };
  }

  /** null: it was heard. */
  async #post({ run, url, body, secret }: Call, signal: AbortSignal): Promise<StepFailure | null> {
    const id = `${toPublicId('AutomationRun', run.id)}_${run.nextStep + 1}`;
    try {
      const outcome = await this.#http.call(url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          ...signedHeaders({ id, body }, [secret], this.#clock.now()),
        },
        body,
        timeoutMs: TIMEOUT_MS,
        maxResponseBytes: MAX_RESPONSE_BYTES,
        signal,
      });
      if (outcome.kind !== 'ANSWERED') return failed(outcome.kind);
      const { status } = outcome;
      if (status >= 200 && status < 300) return null;
      return { ...failed(`HTTP ${status}`), kind: status === GONE ? 'ENDED' : 'AGAIN' };
    } catch (error) {
      // The configuration of the server lets it through no more.
      if (error instanceof AppError) return { kind: 'ENDED', reason: error.reason, detail: error.message };
      if (signal.aborted) return failed('STOPPED');
      throw error;
    }
  }

  /** Unless another process meanwhile took the call over and settled it. */
  async #settle(
    tx: Transaction,
    { id, nextStep }: AutomationRun,
    failure: StepFailure | null,
  ): Promise<void> {
    const run = await lockRun(tx, id);
    if (run?.step?.kind !== 'CALL_WEBHOOK' || run.nextStep !== nextStep || run.dueAt == null) return;
    if (failure === null) this.#pass(tx, run, run.step, { status: 'DONE' });
    else this.#ledger.fail(tx, run, run.step.kind, failure);
  }

  #pass(
    tx: Transaction,
    run: AutomationRun,
    { kind }: RuleStep,
    outcome: { readonly status: 'DONE' | 'SKIPPED'; readonly reason?: string },
  ): void {
    this.#ledger.pass(tx, run, kind, outcome);
    if (run.dueAt != null) tx.afterCommit(() => this.#queue.addDue(run));
  }
}

function failed(detail: string): StepFailure {
  return { kind: 'AGAIN', reason: 'WEBHOOK_FAILED', detail };
}

async function lockRun({ em }: Transaction, id: string): Promise<AutomationRun | null> {
  return em.findOne(AutomationRun, { id }, { lockMode: LockMode.PESSIMISTIC_WRITE });
}

/** Of a device whose package has no webhooks nobody is told. */
async function mayTell({ em }: Transaction, { triggerDeviceId }: AutomationRun, now: Date): Promise<boolean> {
  const device = triggerDeviceId == null ? null : await em.findOne(Device, { id: triggerDeviceId });
  return device === null || (await findDeviceFeatures(em, device, now)).webhooks;
}

import { newId } from '../../../kernel/ids.js';
import { p, tenantEntity } from '../../../platform/database/tenant-entity.js';
import type { Automation } from '../automation.entity.js';
import type { RuleStep, TriggerKind } from '../rule/rule.js';

export const RUN_STATUSES = ['RUNNING', 'WAITING', 'SUCCEEDED', 'FAILED', 'SKIPPED'] as const;
export type RunStatus = (typeof RUN_STATUSES)[number];

const RunSchema = tenantEntity({
  name: 'AutomationRun',
  tableName: 'automation_run',
  properties: {
    automationId: p.uuid(),
    eventId: p.uuid(),
    // A rule runs once for each key: mostly the event, of a first message the person who wrote it.
    eventKey: p.text(),
    triggerKind: p.text().$type<TriggerKind>(),
    // How many rules led to it, itself included.
    depth: p.integer(),
    // What happened was heard of too late for an answer.
    isLate: p.boolean(),
    // Whose runs are counted together: the contact, or else what it is about.
    subjectId: p.uuid(),
    contactId: p.uuid().nullable(),
    conversationId: p.uuid().nullable(),
    messageId: p.uuid().nullable(),
    dealId: p.uuid().nullable(),
    triggerDeviceId: p.uuid().nullable(),
    // As the rule had them when it began.
    steps: p.json<readonly RuleStep[]>(),
    nextStep: p.integer(),
    status: p.text().$type<RunStatus>(),
    reason: p.text().nullable(),
    detail: p.text().nullable(),
    // Failed tries of the next step.
    attempts: p.integer(),
    // What the next step tells a server: the same at every try.
    callBody: p.text().nullable(),
    dueAt: p.datetime().nullable(),
    createdAt: p.datetime(),
    endedAt: p.datetime().nullable(),
  },
});

/** What an event is about, by ids. */
export interface RunSubject {
  readonly contactId: string | null;
  readonly conversationId: string | null;
  readonly messageId: string | null;
  readonly dealId: string | null;
  readonly deviceId: string | null;
}

export interface RunCause {
  readonly eventId: string;
  readonly eventKey: string;
  readonly depth: number;
  readonly isLate: boolean;
  readonly subject: RunSubject;
}

/** What a rule does for one event, step by step. */
export class AutomationRun extends RunSchema.class {
  static begin(automation: Automation, cause: RunCause, at: Date): AutomationRun {
    const { agencyId, subaccountId, id: automationId, trigger, steps } = automation;
    const { subject, ...others } = cause;
    const { deviceId, ...ids } = subject;
    return Object.assign(new AutomationRun(), others, ids, {
      id: newId(),
      agencyId,
      subaccountId,
      automationId,
      triggerKind: trigger.kind,
      triggerDeviceId: deviceId,
      subjectId: subjectIdOf(subject) ?? automationId,
      steps,
      nextStep: 0,
      status: 'RUNNING' as const,
      reason: null,
      detail: null,
      attempts: 0,
      callBody: null,
      dueAt: at,
      createdAt: at,
      endedAt: null,
    });
  }

  get step(): RuleStep | null {
    return this.steps[this.nextStep] ?? null;
  }

  /** The step is behind it; the next one is due at once, or at `dueAt`. */
  advance(at: Date, dueAt: Date = at): void {
    this.nextStep += 1;
    this.attempts = 0;
    this.callBody = null;
    this.reason = null;
    this.detail = null;
    if (this.step === null) this.end('SUCCEEDED', at);
    else {
      this.status = dueAt > at ? 'WAITING' : 'RUNNING';
      this.dueAt = dueAt;
    }
  }

  /** The same step again at that time; `reason` says what it waits for. */
  retry(dueAt: Date, reason: string, detail: string | null): void {
    this.status = 'RUNNING';
    this.dueAt = dueAt;
    this.reason = reason;
    this.detail = detail;
  }

  end(
    status: 'SUCCEEDED' | 'FAILED' | 'SKIPPED',
    at: Date,
    reason: string | null = null,
    detail: string | null = null,
  ): void {
    this.status = status;
    this.reason = reason;
    this.detail = detail;
    this.dueAt = null;
    this.endedAt = at;
  }
}

RunSchema.setClass(AutomationRun);

export function subjectIdOf({ contactId, conversationId, dealId, deviceId }: RunSubject): string | null {
  return contactId ?? conversationId ?? dealId ?? deviceId;
}

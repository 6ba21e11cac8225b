import { p, tenantEntity } from '../../../platform/database/tenant-entity.js';
import type { StepKind } from '../rule/rule.js';
import type { AutomationRun } from './run.entity.js';

export const STEP_STATUSES = ['DONE', 'SKIPPED', 'FAILED'] as const;
export type StepStatus = (typeof STEP_STATUSES)[number];

const RunStepSchema = tenantEntity({
  name: 'AutomationRunStep',
  tableName: 'automation_run_step',
  properties: {
    runId: p.uuid().primary(),
    // From 1.
    number: p.integer().primary(),
    kind: p.text().$type<StepKind>(),
    status: p.text().$type<StepStatus>(),
    reason: p.text().nullable(),
    detail: p.text().nullable(),
    attempts: p.integer(),
    messageId: p.uuid().nullable(),
    dealId: p.uuid().nullable(),
    at: p.datetime(),
  },
});

/** What came of a step. */
export interface StepOutcome {
  readonly status: StepStatus;
  readonly reason?: string;
  readonly detail?: string;
  readonly messageId?: string;
  readonly dealId?: string;
}

/** A step of a run that is behind it. */
export class AutomationRunStep extends RunStepSchema.class {
  /** Of the step that is next. */
  static of(run: AutomationRun, kind: StepKind, outcome: StepOutcome, at: Date): AutomationRunStep {
    const { agencyId, subaccountId, id: runId, nextStep, attempts } = run;
    const { status, reason = null, detail = null, messageId = null, dealId = null } = outcome;
    return Object.assign(new AutomationRunStep(), {
      ...{ agencyId, subaccountId, runId, number: nextStep + 1, kind, attempts: attempts + 1 },
      ...{ status, reason, detail, messageId, dealId, at },
    });
  }
}

RunStepSchema.setClass(AutomationRunStep);

import { newId } from '../../kernel/ids.js';
import { p, tenantEntity } from '../../platform/database/tenant-entity.js';
import type { RuleConditions, RuleStep, RuleTrigger } from './rule/rule.js';

export const AUTOMATION_STATUSES = ['ENABLED', 'DISABLED'] as const;
export type AutomationStatus = (typeof AUTOMATION_STATUSES)[number];

const AutomationSchema = tenantEntity({
  name: 'Automation',
  tableName: 'automation',
  properties: {
    name: p.text(),
    status: p.text().$type<AutomationStatus>(),
    // Rules are looked at in this order.
    position: p.integer(),
    trigger: p.json<RuleTrigger>(),
    conditions: p.json<RuleConditions>(),
    steps: p.json<readonly RuleStep[]>(),
    // Whether rules behind it are left out for an event that it runs for.
    stopsOthers: p.boolean(),
    // Events up to this place of the stream are none of its business.
    sinceSeq: p.bigint('number'),
    // Which of its secrets is good: of the URL that others call, and of what it calls.
    secretVersion: p.integer(),
    version: p.integer(),
    createdAt: p.datetime(),
    updatedAt: p.datetime(),
    deletedAt: p.datetime().nullable(),
  },
});

/** What people fill in. */
export interface AutomationFacts {
  readonly name: string;
  readonly trigger: RuleTrigger;
  readonly conditions: RuleConditions;
  readonly steps: readonly RuleStep[];
  readonly stopsOthers: boolean;
}

/** A rule of a subaccount: when something happens, and conditions hold, then steps are taken. `version` counts its changes. */
export class Automation extends AutomationSchema.class {
  static create(
    tenant: Pick<Automation, 'agencyId' | 'subaccountId'>,
    facts: AutomationFacts & Pick<Automation, 'position' | 'sinceSeq' | 'status'>,
    at: Date,
  ): Automation {
    return Object.assign(new Automation(), tenant, facts, {
      id: newId(),
      secretVersion: 1,
      version: 1,
      createdAt: at,
      updatedAt: at,
      deletedAt: null,
    });
  }

  /** Whether it is there and switched on. */
  get isAtWork(): boolean {
    return this.status === 'ENABLED' && this.deletedAt == null;
  }

  /** Takes what is given. */
  change(facts: Partial<AutomationFacts>, at: Date): void {
    Object.assign(this, facts);
    this.touch(at);
  }

  /** What happened meanwhile is not made up for: `sinceSeq` is the place of the latest event. */
  enable(sinceSeq: number): void {
    this.status = 'ENABLED';
    this.sinceSeq = sinceSeq;
  }

  touch(at: Date): void {
    this.version += 1;
    this.updatedAt = at;
  }
}

AutomationSchema.setClass(Automation);

import 'reflect-metadata';
import { Field, ID, InputType, ObjectType, registerEnumType } from 'type-graphql';
import { DateTime } from '../../../graphql/kit/scalars.js';
import { fromPublicId } from '../../../kernel/ids.js';
import type { NodeType } from '../../../kernel/ids.js';
import type { Check, Condition } from '../rule/conditions.js';
import { StepKindEnum } from '../rule/rule.enums.types.js';
import type { StepKind } from '../rule/rule.js';
import type { Trial, TrialRequest } from './trial.service.js';

const ConditionEnum: { readonly [C in Condition]: C } = {
  DEVICE: 'DEVICE',
  KEYWORDS: 'KEYWORDS',
  HOURS: 'HOURS',
  DEAL_STAGE: 'DEAL_STAGE',
  NO_OPEN_DEAL: 'NO_OPEN_DEAL',
  CONTACT_TAG: 'CONTACT_TAG',
  LABEL: 'LABEL',
  OPTED_OUT: 'OPTED_OUT',
};
registerEnumType(ConditionEnum, {
  name: 'AutomationCondition',
  description: 'One of the conditions of an automation.',
  valuesConfig: {
    DEVICE: { description: '`deviceIds`.' },
    KEYWORDS: { description: '`keywords`.' },
    HOURS: { description: '`hours`.' },
    DEAL_STAGE: { description: '`dealStageIds`.' },
    NO_OPEN_DEAL: { description: '`noOpenDealIn`.' },
    CONTACT_TAG: { description: '`contactTags`.' },
    LABEL: { description: '`labels`; what is made up is in no conversation and has none.' },
    OPTED_OUT: { description: '`optedOut`.' },
  },
});

@InputType('TestAutomationInput', { description: 'Something that might happen.' })
export class TestAutomationInput {
  @Field(() => ID, { description: 'The automation.' })
  automationId!: string;

  @Field(() => String, { nullable: true, description: 'What is written.' })
  text?: string | null;

  @Field(() => ID, { nullable: true, description: 'By whom; left out: by somebody who never wrote.' })
  contactId?: string | null;

  @Field(() => ID, { nullable: true, description: 'At which device.' })
  deviceId?: string | null;

  @Field(() => ID, { nullable: true, description: 'The deal that comes into the stage where it is.' })
  dealId?: string | null;

  @Field(() => DateTime, { nullable: true, description: 'When; default: now.' })
  at?: Date | null;

  toRequest(): TrialRequest {
    return {
      automationId: fromPublicId('Automation', this.automationId, 'input.automationId'),
      text: this.text ?? null,
      contactId: uuidOf('Contact', this.contactId, 'input.contactId'),
      deviceId: uuidOf('Device', this.deviceId, 'input.deviceId'),
      dealId: uuidOf('Deal', this.dealId, 'input.dealId'),
      at: this.at ?? null,
    };
  }
}

@ObjectType('AutomationCheck', { description: 'How a condition turned out.' })
export class AutomationCheckType {
  @Field(() => ConditionEnum, { description: 'Which one.' })
  readonly condition: Condition;

  @Field(() => Boolean, { description: 'Whether it holds.' })
  readonly passed: boolean;

  constructor({ condition, passed }: Check) {
    this.condition = condition;
    this.passed = passed;
  }
}

@ObjectType('TestedStep', { description: 'A step as it would be taken.' })
export class TestedStepType {
  @Field(() => StepKindEnum, { description: 'What it would do.' })
  readonly kind: StepKind;

  @Field(() => String, {
    nullable: true,
    description: 'What it would write, or what it would call the deal.',
  })
  readonly text: string | null;

  constructor({ kind, text }: Trial['steps'][number]) {
    this.kind = kind;
    this.text = text;
  }
}

@ObjectType('TestAutomationPayload', { description: 'What an automation would do, and why or why not.' })
export class TestAutomationPayload {
  constructor(readonly trial: Trial) {}

  @Field(() => Boolean, {
    description: 'Whether it would run: switched on, triggered, and every condition holds.',
  })
  get wouldRun(): boolean {
    const { enabled, triggered, checks } = this.trial;
    return enabled && triggered && checks.every(({ passed }) => passed);
  }

  @Field(() => Boolean, { description: 'Whether it is switched on.' })
  get enabled(): boolean {
    return this.trial.enabled;
  }

  @Field(() => Boolean, { description: 'Whether that is what it waits for.' })
  get triggered(): boolean {
    return this.trial.triggered;
  }

  @Field(() => [AutomationCheckType], { description: 'Each condition that it has.' })
  get checks(): AutomationCheckType[] {
    return this.trial.checks.map((check) => new AutomationCheckType(check));
  }

  @Field(() => [TestedStepType], { description: 'Its steps, with texts filled in.' })
  get steps(): TestedStepType[] {
    return this.trial.steps.map((step) => new TestedStepType(step));
  }
}

function uuidOf(type: NodeType, id: string | null | undefined, path: string): string | null {
  return id == null ? null : fromPublicId(type, id, path);
}

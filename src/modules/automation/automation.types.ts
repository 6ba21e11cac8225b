import 'reflect-metadata';
import { Field, ID, InputType, Int, ObjectType, registerEnumType } from 'type-graphql';
import { connectionTypes } from '../../graphql/kit/connection.js';
import { Node } from '../../graphql/kit/node.js';
import { DateTime, Url } from '../../graphql/kit/scalars.js';
import { fromPublicId } from '../../kernel/ids.js';
import type { Automation } from './automation.entity.js';
import type { AutomationChanges, NewAutomation } from './automation.input.js';
import { fromApi } from './rule/public-ids.js';
import { AutomationConditionsType, AutomationStepType, AutomationTriggerType } from './rule/rule.types.js';
import type { AutomationTemplate } from './rule/templates.js';

@ObjectType('Automation', {
  implements: Node,
  description: 'A rule of a subaccount: when something happens, and conditions hold, then steps are taken.',
})
export class AutomationType extends Node {
  constructor(readonly automation: Automation) {
    super('Automation', automation.id, automation.subaccountId);
  }

  @Field(() => String, { description: 'What it is called.' })
  get name(): string {
    return this.automation.name;
  }

  @Field(() => Boolean, { description: 'Whether it is switched on; what it began ends when it is not.' })
  get enabled(): boolean {
    return this.automation.isAtWork;
  }

  @Field(() => Int, { description: 'Its place: rules are looked at in this order.' })
  get position(): number {
    return this.automation.position;
  }

  @Field(() => AutomationTriggerType, { description: 'What it waits for.' })
  get trigger(): AutomationTriggerType {
    return new AutomationTriggerType(this.automation.trigger);
  }

  @Field(() => AutomationConditionsType, { description: 'What else must hold.' })
  get conditions(): AutomationConditionsType {
    return new AutomationConditionsType(this.automation.conditions);
  }

  @Field(() => [AutomationStepType], { description: 'What it does, one after another.' })
  get steps(): AutomationStepType[] {
    return this.automation.steps.map((step) => new AutomationStepType(step));
  }

  @Field(() => Boolean, { description: 'Whether rules behind it are left out for what it runs for.' })
  get stopsOthers(): boolean {
    return this.automation.stopsOthers;
  }

  @Field(() => Int, { description: 'Counts its changes; whoever changes it names the one that they saw.' })
  get version(): number {
    return this.automation.version;
  }

  @Field(() => DateTime, { description: 'When it was created.' })
  get createdAt(): Date {
    return this.automation.createdAt;
  }

  @Field(() => DateTime, { description: 'When it was changed last.' })
  get updatedAt(): Date {
    return this.automation.updatedAt;
  }
}

export const { connection: AutomationConnection } = connectionTypes('Automation', AutomationType);

@InputType('CreateAutomationInput', { description: 'A new automation, behind those that are there.' })
export class CreateAutomationInput {
  @Field(() => ID, { description: 'Its subaccount.' })
  subaccountId!: string;

  @Field(() => String, { description: 'What to call it: 1 to 200 characters.' })
  name!: string;

  @Field(() => AutomationTriggerType, { description: 'What it waits for.' })
  trigger!: AutomationTriggerType;

  @Field(() => AutomationConditionsType, { nullable: true, description: 'What else must hold.' })
  conditions?: AutomationConditionsType | null;

  @Field(() => [AutomationStepType], { description: 'What it does: 1 to 20 steps.' })
  steps!: AutomationStepType[];

  @Field(() => Boolean, { nullable: true, defaultValue: false, description: 'See `Automation.stopsOthers`.' })
  stopsOthers?: boolean | null;

  @Field(() => Boolean, { nullable: true, defaultValue: true, description: 'Whether to switch it on.' })
  enabled?: boolean | null;

  @Field(() => String, {
    nullable: true,
    description:
      'Unique within the subaccount for 24 hours: the same call again returns the same automation.',
  })
  idempotencyKey?: string | null;

  /** The service checks the parts of the rule. */
  toRequest(): NewAutomation {
    const { subaccountId, name, stopsOthers, enabled, idempotencyKey } = this;
    return {
      subaccountId: fromPublicId('Subaccount', subaccountId, 'input.subaccountId'),
      name,
      stopsOthers: stopsOthers ?? undefined,
      enabled: enabled ?? undefined,
      idempotencyKey: idempotencyKey ?? undefined,
      ...partsOf(this),
    } as NewAutomation;
  }
}

@InputType('UpdateAutomationInput', {
  description: 'What to change of an automation; what is left out stays. Parts of the rule are given whole.',
})
export class UpdateAutomationInput {
  @Field(() => ID, { description: 'The automation.' })
  automationId!: string;

  @Field(() => Int, {
    description:
      'The version that you saw. When it is another one by now, the call is a CONFLICT: STALE_VERSION.',
  })
  version!: number;

  @Field(() => String, { nullable: true, description: 'What to call it: 1 to 200 characters.' })
  name?: string | null;

  @Field(() => AutomationTriggerType, { nullable: true, description: 'What it waits for.' })
  trigger?: AutomationTriggerType | null;

  @Field(() => AutomationConditionsType, { nullable: true, description: 'What else must hold.' })
  conditions?: AutomationConditionsType | null;

  @Field(() => [AutomationStepType], { nullable: true, description: 'What it does: 1 to 20 steps.' })
  steps?: AutomationStepType[] | null;

  @Field(() => Boolean, { nullable: true, description: 'See `Automation.stopsOthers`.' })
  stopsOthers?: boolean | null;

  @Field(() => Boolean, {
    nullable: true,
    description: 'Switches it on or off. Switched on, it sees what happens from then on.',
  })
  enabled?: boolean | null;

  toChanges(): AutomationChanges {
    const { version, name, stopsOthers, enabled } = this;
    return {
      version,
      name: name ?? undefined,
      stopsOthers: stopsOthers ?? undefined,
      enabled: enabled ?? undefined,
      ...partsOf(this),
    };
  }
}

@InputType('AutomationInput', { description: 'Which automation.' })
export class AutomationInput {
  @Field(() => ID, { description: 'The automation.' })
  automationId!: string;
}

@InputType('ReorderAutomationsInput', { description: 'The order of all automations of a subaccount.' })
export class ReorderAutomationsInput {
  @Field(() => ID, { description: 'The subaccount.' })
  subaccountId!: string;

  @Field(() => [ID], { description: 'All its automations, in the order in which they are looked at.' })
  automationIds!: string[];
}

export const AutomationTemplateEnum: { readonly [T in AutomationTemplate]: T } = {
  LEAD_TO_DEAL: 'LEAD_TO_DEAL',
};
registerEnumType(AutomationTemplateEnum, {
  name: 'AutomationTemplate',
  description: 'An automation that is ready to be used.',
  valuesConfig: {
    LEAD_TO_DEAL: {
      description: 'Somebody writes for the first time: a deal opens in the first stage, once.',
    },
  },
});

@InputType('CreateAutomationFromTemplateInput', { description: 'An automation that is ready to be used.' })
export class CreateAutomationFromTemplateInput {
  @Field(() => ID, { description: 'Its subaccount.' })
  subaccountId!: string;

  @Field(() => AutomationTemplateEnum, { description: 'Which one.' })
  template!: AutomationTemplate;

  @Field(() => ID, {
    nullable: true,
    description:
      'The pipeline for the deals; default: the oldest one, and where there is none, a new usual one.',
  })
  pipelineId?: string | null;
}

@ObjectType('AutomationPayload', { description: 'What a mutation of an automation answers.' })
export class AutomationPayload {
  @Field(() => AutomationType, { description: 'The automation as it is now.' })
  readonly automation: AutomationType;

  constructor(automation: Automation) {
    this.automation = new AutomationType(automation);
  }
}

@ObjectType('AutomationSecretPayload', { description: 'An automation with its secrets, shown this once.' })
export class AutomationSecretPayload extends AutomationPayload {
  @Field(() => Url, {
    nullable: true,
    description:
      'Of WEBHOOK_CALLED: POST there sets it off, without a token. JSON, all optional: phoneNumber, idempotencyKey.',
  })
  readonly hookUrl: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'What signs its calls: the secret of Standard Webhooks.',
  })
  readonly signingSecret: string | null;

  constructor(
    automation: Automation,
    { hookUrl, signingSecret }: { readonly hookUrl: string | null; readonly signingSecret: string | null },
  ) {
    super(automation);
    this.hookUrl = hookUrl;
    this.signingSecret = signingSecret;
  }
}

@ObjectType('ReorderAutomationsPayload', { description: 'What reorderAutomations answers.' })
export class ReorderAutomationsPayload {
  @Field(() => [AutomationType], { description: 'All automations of the subaccount in their order.' })
  readonly automations: readonly AutomationType[];

  constructor(automations: readonly Automation[]) {
    this.automations = automations.map((automation) => new AutomationType(automation));
  }
}

interface Parts {
  readonly trigger?: object | null;
  readonly conditions?: object | null;
  readonly steps?: readonly object[] | null;
}

function partsOf({ trigger, conditions, steps }: Parts): Readonly<Record<string, unknown>> {
  return {
    ...(trigger != null && { trigger: fromApi(trigger, 'input.trigger') }),
    ...(conditions != null && { conditions: fromApi(conditions, 'input.conditions') }),
    ...(steps != null && { steps: steps.map((step, index) => fromApi(step, `input.steps.${index}`)) }),
  };
}

import 'reflect-metadata';
import { ArgsType, Field, ID, InputType, Int, ObjectType, registerEnumType } from 'type-graphql';
import { ConnectionArgs, connectionTypes } from '../../../graphql/kit/connection.js';
import { Node } from '../../../graphql/kit/node.js';
import { DateTime } from '../../../graphql/kit/scalars.js';
import { fromPublicId, toPublicId } from '../../../kernel/ids.js';
import type { NodeType } from '../../../kernel/ids.js';
import { StepKindEnum, TriggerKindEnum } from '../rule/rule.enums.types.js';
import type { StepKind, TriggerKind } from '../rule/rule.js';
import type { AutomationRunStep, StepStatus } from './run-step.entity.js';
import type { AutomationRun, RunStatus } from './run.entity.js';
import type { RunFilter } from './run.queries.js';

export const RunStatusEnum: { readonly [S in RunStatus]: S } = {
  RUNNING: 'RUNNING',
  WAITING: 'WAITING',
  SUCCEEDED: 'SUCCEEDED',
  FAILED: 'FAILED',
  SKIPPED: 'SKIPPED',
};
registerEnumType(RunStatusEnum, {
  name: 'AutomationRunStatus',
  description: 'How far a run is.',
  valuesConfig: {
    RUNNING: { description: 'A step is due, or tried again.' },
    WAITING: { description: 'It goes on at `dueAt`.' },
    SUCCEEDED: { description: 'All its steps are behind it.' },
    FAILED: { description: 'A step failed for good; those behind it were not taken.' },
    SKIPPED: { description: 'It was not begun, or given up: `reason` says why.' },
  },
});

export const RunStepStatusEnum: { readonly [S in StepStatus]: S } = {
  DONE: 'DONE',
  SKIPPED: 'SKIPPED',
  FAILED: 'FAILED',
};
registerEnumType(RunStepStatusEnum, {
  name: 'AutomationRunStepStatus',
  description: 'What came of a step.',
  valuesConfig: {
    DONE: { description: 'It was done.' },
    SKIPPED: { description: 'It was left out: `reason` says why. The run went on.' },
    FAILED: { description: 'It failed, and the run with it.' },
  },
});

@ObjectType('AutomationRunStep', { description: 'A step of a run that is behind it.' })
export class AutomationRunStepType {
  constructor(readonly step: AutomationRunStep) {}

  @Field(() => Int, { description: 'Its number, from 1.' })
  get number(): number {
    return this.step.number;
  }

  @Field(() => StepKindEnum, { description: 'What it was to do.' })
  get kind(): StepKind {
    return this.step.kind;
  }

  @Field(() => RunStepStatusEnum, { description: 'What came of it.' })
  get status(): StepStatus {
    return this.step.status;
  }

  @Field(() => String, { nullable: true, description: 'Why it was left out or failed: a stable word.' })
  get reason(): string | null {
    return this.step.reason ?? null;
  }

  @Field(() => String, { nullable: true, description: 'The same for people.' })
  get detail(): string | null {
    return this.step.detail ?? null;
  }

  @Field(() => Int, { description: 'How often it was tried.' })
  get attempts(): number {
    return this.step.attempts;
  }

  @Field(() => ID, { nullable: true, description: 'The message that it sent.' })
  get messageId(): string | null {
    return publicIdOf('Message', this.step.messageId);
  }

  @Field(() => ID, { nullable: true, description: 'The deal that it opened, moved or found.' })
  get dealId(): string | null {
    return publicIdOf('Deal', this.step.dealId);
  }

  @Field(() => DateTime, { description: 'When that was.' })
  get at(): Date {
    return this.step.at;
  }
}

@ObjectType('AutomationRun', {
  implements: Node,
  description: 'What an automation did for one event, or why it did nothing. Kept for 30 days after its end.',
})
export class AutomationRunType extends Node {
  constructor(readonly run: AutomationRun) {
    super('AutomationRun', run.id, run.subaccountId);
  }

  @Field(() => RunStatusEnum, { description: 'How far it is.' })
  get status(): RunStatus {
    return this.run.status;
  }

  @Field(() => String, {
    nullable: true,
    description:
      'Why it was skipped, failed, or tries a step again: a stable word such as CONDITION_NOT_MET.',
  })
  get reason(): string | null {
    return this.run.reason ?? null;
  }

  @Field(() => String, { nullable: true, description: 'The same for people.' })
  get detail(): string | null {
    return this.run.detail ?? null;
  }

  @Field(() => TriggerKindEnum, { description: 'What the automation had waited for.' })
  get trigger(): TriggerKind {
    return this.run.triggerKind;
  }

  @Field(() => Int, {
    description: 'How many automations led to it, itself included; more than 5 never run.',
  })
  get depth(): number {
    return this.run.depth;
  }

  @Field(() => ID, { nullable: true, description: 'Whom it is about, also after that contact is gone.' })
  get contactId(): string | null {
    return publicIdOf('Contact', this.run.contactId);
  }

  @Field(() => ID, { nullable: true, description: 'The conversation in which it happened.' })
  get conversationId(): string | null {
    return publicIdOf('Conversation', this.run.conversationId);
  }

  @Field(() => ID, { nullable: true, description: 'The deal that it is about.' })
  get dealId(): string | null {
    return publicIdOf('Deal', this.run.dealId);
  }

  @Field(() => ID, { nullable: true, description: 'The device at which it happened.' })
  get deviceId(): string | null {
    return publicIdOf('Device', this.run.triggerDeviceId);
  }

  @Field(() => DateTime, { nullable: true, description: 'When it goes on; null: it has ended.' })
  get dueAt(): Date | null {
    return this.run.dueAt ?? null;
  }

  @Field(() => DateTime, { description: 'When it began.' })
  get createdAt(): Date {
    return this.run.createdAt;
  }

  @Field(() => DateTime, { nullable: true, description: 'When it ended.' })
  get endedAt(): Date | null {
    return this.run.endedAt ?? null;
  }
}

export const { connection: AutomationRunConnection } = connectionTypes('AutomationRun', AutomationRunType);

@InputType('AutomationRunFilter', { description: 'Which runs; all conditions together.' })
export class AutomationRunFilterInput {
  @Field(() => [RunStatusEnum], { nullable: true, description: 'Is so.' })
  status?: RunStatus[] | null;

  @Field(() => ID, { nullable: true, description: 'Of this automation.' })
  automationId?: string | null;

  @Field(() => ID, { nullable: true, description: 'About this contact.' })
  contactId?: string | null;

  toFilter(): RunFilter {
    const { status, automationId, contactId } = this;
    return {
      status,
      automationId:
        automationId == null ? null : fromPublicId('Automation', automationId, 'filter.automationId'),
      contactId: contactId == null ? null : fromPublicId('Contact', contactId, 'filter.contactId'),
    };
  }
}

@ArgsType()
export class AutomationRunConnectionArgs extends ConnectionArgs {
  @Field(() => AutomationRunFilterInput, { nullable: true, description: 'Which runs.' })
  filter?: AutomationRunFilterInput | null;
}

function publicIdOf(type: NodeType, uuid: string | null | undefined): string | null {
  return uuid == null ? null : toPublicId(type, uuid);
}

import 'reflect-metadata';
import { Field, ID, InputType, Int, ObjectType } from 'type-graphql';
import { Url } from '../../../graphql/kit/scalars.js';
import { WeekdayEnum } from '../../../graphql/kit/weekday.types.js';
import type { WeekHours } from './hours.js';
import type { KeywordMatch } from './keywords.js';
import { toApi } from './public-ids.js';
import {
  AssignMethodEnum,
  HoursWhenEnum,
  IdleAfterEnum,
  KeywordMatchEnum,
  StepKindEnum,
  TriggerKindEnum,
} from './rule.enums.types.js';
import type {
  AssignMethod,
  IdleAfter,
  RuleConditions,
  RuleStep,
  RuleTrigger,
  StepKind,
  TriggerKind,
} from './rule.js';

// Rules are shown as they are written, so that each of these is an input and an output. Their constructors serve the outputs.

@ObjectType('WeekHours', { description: 'Hours of a week by the clock of the subaccount.' })
@InputType('WeekHoursInput', { description: 'Hours of a week by the clock of the subaccount.' })
export class WeekHoursType {
  @Field(() => HoursWhenEnum, { description: 'Whether it must be inside or outside of them.' })
  when!: WeekHours['when'];

  @Field(() => [WeekdayEnum], { description: 'On which days they begin.' })
  days!: WeekHours['days'];

  @Field(() => String, { description: 'When they begin, such as 09:00.' })
  from!: string;

  @Field(() => String, { description: 'When they end, such as 17:00; before `from`: on the next day.' })
  until!: string;
}

@ObjectType('AutomationTrigger', { description: 'What an automation waits for.' })
@InputType('AutomationTriggerInput', { description: 'What an automation waits for.' })
export class AutomationTriggerType {
  @Field(() => TriggerKindEnum, { description: 'What kind of thing.' })
  kind!: TriggerKind;

  @Field(() => [String], { nullable: true, description: 'Of MESSAGE_MATCHES: 1 to 50 keywords.' })
  keywords?: string[] | null;

  @Field(() => KeywordMatchEnum, { nullable: true, description: 'Of MESSAGE_MATCHES; default: WORD.' })
  match?: KeywordMatch | null;

  @Field(() => Int, { nullable: true, description: 'Of CONVERSATION_IDLE: 1 to 43200.' })
  minutes?: number | null;

  @Field(() => IdleAfterEnum, { nullable: true, description: 'Of CONVERSATION_IDLE; default: INBOUND.' })
  after?: IdleAfter | null;

  @Field(() => ID, { nullable: true, description: 'Of DEAL_MOVED: within this pipeline.' })
  pipelineId?: string | null;

  @Field(() => ID, { nullable: true, description: 'Of DEAL_MOVED: into this stage.' })
  stageId?: string | null;

  @Field(() => String, { nullable: true, description: 'Of TAG_ADDED: which tag.' })
  tag?: string | null;

  @Field(() => ID, { nullable: true, description: 'Of CONVERSATION_ASSIGNED: to this user.' })
  assigneeId?: string | null;

  @Field(() => ID, { nullable: true, description: 'Of CONVERSATION_ASSIGNED: to this team.' })
  teamId?: string | null;

  constructor(trigger?: RuleTrigger) {
    Object.assign(this, toApi(trigger ?? {}));
  }
}

@ObjectType('AutomationConditions', {
  description: 'What else must hold, all of it; what is left out always does.',
})
@InputType('AutomationConditionsInput', {
  description: 'What else must hold, all of it; what is left out always does.',
})
export class AutomationConditionsType {
  @Field(() => [ID], { nullable: true, description: 'It happened at one of these devices.' })
  deviceIds?: string[] | null;

  @Field(() => [String], { nullable: true, description: 'The message contains one of these.' })
  keywords?: string[] | null;

  @Field(() => KeywordMatchEnum, { nullable: true, description: 'How it contains them; default: WORD.' })
  keywordMatch?: KeywordMatch | null;

  @Field(() => WeekHoursType, { nullable: true, description: 'It is at these hours.' })
  hours?: WeekHoursType | null;

  @Field(() => [ID], { nullable: true, description: 'The deal is in one of these stages.' })
  dealStageIds?: string[] | null;

  @Field(() => ID, { nullable: true, description: 'The contact has no open deal in this pipeline.' })
  noOpenDealIn?: string | null;

  @Field(() => [String], { nullable: true, description: 'The contact has one of these tags.' })
  contactTags?: string[] | null;

  @Field(() => [String], { nullable: true, description: 'The conversation has one of these labels.' })
  labels?: string[] | null;

  @Field(() => Boolean, { nullable: true, description: 'Whether the contact wants no automatic messages.' })
  optedOut?: boolean | null;

  constructor(conditions?: RuleConditions) {
    Object.assign(this, toApi(conditions ?? {}));
  }
}

@ObjectType('AutomationStep', { description: 'Something that an automation does.' })
@InputType('AutomationStepInput', { description: 'Something that an automation does.' })
export class AutomationStepType {
  @Field(() => StepKindEnum, { description: 'What kind of thing.' })
  kind!: StepKind;

  @Field(() => String, {
    nullable: true,
    description:
      'Of REPLY: what to write. {{contact.name}}, {{contact.phone}}, {{contact.fields.<key>}}, {{message.text}} and {{deal.title}} are filled in; {{contact.name|there}} has a fallback.',
  })
  text?: string | null;

  @Field(() => ID, { nullable: true, description: 'Of OPEN_DEAL: the pipeline.' })
  pipelineId?: string | null;

  @Field(() => ID, {
    nullable: true,
    description: 'Of MOVE_DEAL: where to. Of OPEN_DEAL: where it begins; default: in the first stage.',
  })
  stageId?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Of OPEN_DEAL: what to call it, filled in as `text`; default: {{contact.name}}.',
  })
  title?: string | null;

  @Field(() => Boolean, {
    nullable: true,
    description: 'Of OPEN_DEAL: also when the contact has an open one in the pipeline; default: false.',
  })
  evenIfOpen?: boolean | null;

  @Field(() => Url, { nullable: true, description: 'Of CALL_WEBHOOK: a public https address.' })
  url?: string | null;

  @Field(() => Int, { nullable: true, description: 'Of WAIT: 1 to 2592000.' })
  seconds?: number | null;

  @Field(() => ID, { nullable: true, description: 'Of ASSIGN: a user who works for the subaccount.' })
  assigneeId?: string | null;

  @Field(() => ID, { nullable: true, description: 'Of ASSIGN: a team of the subaccount.' })
  teamId?: string | null;

  @Field(() => AssignMethodEnum, {
    nullable: true,
    description:
      'Of ASSIGN, in place of a user: how one is chosen of the team, or else of all agents. One of them who has it keeps it.',
  })
  method?: AssignMethod | null;

  @Field(() => String, { nullable: true, description: 'Of ADD_LABEL and REMOVE_LABEL: which one.' })
  label?: string | null;

  @Field(() => String, { nullable: true, description: 'Of ADD_TAG and REMOVE_TAG: which one.' })
  tag?: string | null;

  constructor(step?: RuleStep) {
    Object.assign(this, toApi(step ?? {}));
  }
}

import 'reflect-metadata';
import { Field, ID, InputType, Int, ObjectType, registerEnumType } from 'type-graphql';
import { LocalDate } from '../../../graphql/kit/scalars.js';
import { WeekdayEnum } from '../../../graphql/kit/weekday.types.js';
import { fromPublicId, toPublicId } from '../../../kernel/ids.js';
import type { Weekday } from '../../../kernel/weekdays.js';
import { variablesWith } from '../../contact/index.js';
import { DEVICE_VARIABLES } from '../../messaging/index.js';
import type { AssignmentMethod, AssignmentRule } from '../assignment/assignment.rule.js';
import type { InboxSettings } from './inbox-settings.entity.js';
import type { InboxChanges } from './inbox-settings.input.js';
import type { WorkingHours } from './working-hours.js';

const AssignmentMethodEnum = {
  BY_HAND: 'BY_HAND',
  ROUND_ROBIN: 'ROUND_ROBIN',
  LEAST_BUSY: 'LEAST_BUSY',
} as const;
registerEnumType(AssignmentMethodEnum, {
  name: 'AssignmentMethod',
  description: 'How somebody is chosen.',
  valuesConfig: {
    BY_HAND: { description: 'People choose themselves; only the team is set.' },
    ROUND_ROBIN: { description: 'Whoever was not chosen for the longest time.' },
    LEAST_BUSY: { description: 'Whoever has the fewest open conversations.' },
  },
});

@ObjectType('WorkingHours', {
  description: 'A part of a day on which somebody is there, by the time zone of the subaccount.',
})
export class WorkingHoursType {
  constructor(readonly hours: WorkingHours) {}

  @Field(() => WeekdayEnum, { description: 'The day of the week.' })
  get day(): Weekday {
    return this.hours.day;
  }

  @Field(() => String, { description: 'When it begins, such as 09:00.' })
  get from(): string {
    return this.hours.from;
  }

  @Field(() => String, { description: 'When it is over, such as 17:30, or 24:00 for the end of the day.' })
  get until(): string {
    return this.hours.until;
  }
}

@ObjectType('AssignmentRule', { description: 'Who gets conversations that nobody has.' })
export class AssignmentRuleType {
  constructor(readonly rule: AssignmentRule) {}

  @Field(() => ID, { nullable: true, description: 'Only those of this device.' })
  get deviceId(): string | null {
    return this.rule.deviceId === null ? null : toPublicId('Device', this.rule.deviceId);
  }

  @Field(() => String, { nullable: true, description: 'Only those with this label.' })
  get label(): string | null {
    return this.rule.label;
  }

  @Field(() => ID, { nullable: true, description: 'The team that gets them.' })
  get teamId(): string | null {
    return this.rule.teamId === null ? null : toPublicId('Team', this.rule.teamId);
  }

  @Field(() => AssignmentMethodEnum, { description: 'How somebody is chosen.' })
  get method(): AssignmentMethod {
    return this.rule.method;
  }

  @Field(() => [ID], {
    description: 'Among these users; none: the members of the team, or else all agents of the subaccount.',
  })
  get assigneeIds(): string[] {
    return this.rule.assigneeIds.map((id) => toPublicId('User', id));
  }
}

@ObjectType('InboxSettings', { description: 'How a subaccount works on its conversations.' })
export class InboxSettingsType {
  constructor(readonly settings: InboxSettings) {}

  @Field(() => [WorkingHoursType], { description: 'When somebody is there; none: always.' })
  get workingHours(): WorkingHoursType[] {
    return this.settings.workingHours.map((hours) => new WorkingHoursType(hours));
  }

  @Field(() => [LocalDate], { description: 'Days on which nobody is there, such as holidays.' })
  get closedOn(): readonly string[] {
    return this.settings.closedOn;
  }

  @Field(() => String, {
    nullable: true,
    description:
      'What somebody is answered who writes while nobody is there, once in each absence, with places such as {{contact.name|there}}.',
  })
  get awayMessage(): string | null {
    return this.settings.awayMessage ?? null;
  }

  @Field(() => [AssignmentRuleType], {
    description: 'The first rule that is about a conversation decides who gets it; none: people choose.',
  })
  get assignmentRules(): AssignmentRuleType[] {
    return this.settings.assignmentRules.map((rule) => new AssignmentRuleType(rule));
  }

  @Field(() => Int, { description: 'Counts their changes; name the one that you saw when you change them.' })
  get version(): number {
    return this.settings.version;
  }
}

@InputType('WorkingHoursInput', { description: 'A part of a day on which somebody is there.' })
export class WorkingHoursInput {
  @Field(() => WeekdayEnum, { description: 'The day of the week.' })
  day!: Weekday;

  @Field(() => String, { description: 'When it begins, such as 09:00.' })
  from!: string;

  @Field(() => String, { description: 'When it is over, such as 17:30, or 24:00 for the end of the day.' })
  until!: string;
}

@InputType('AssignmentRuleInput', { description: 'Who gets conversations that nobody has.' })
export class AssignmentRuleInput {
  @Field(() => ID, { nullable: true, description: 'Only those of this device.' })
  deviceId?: string | null;

  @Field(() => String, { nullable: true, description: 'Only those with this label.' })
  label?: string | null;

  @Field(() => ID, { nullable: true, description: 'The team that gets them.' })
  teamId?: string | null;

  @Field(() => AssignmentMethodEnum, { description: 'How somebody is chosen.' })
  method!: AssignmentMethod;

  @Field(() => [ID], {
    nullable: true,
    description: 'Among these users; none: the members of the team, or else all agents of the subaccount.',
  })
  assigneeIds?: string[] | null;

  toRule(path: string): AssignmentRule {
    const { deviceId, label = null, teamId, method, assigneeIds } = this;
    return {
      deviceId: deviceId == null ? null : fromPublicId('Device', deviceId, `${path}.deviceId`),
      label,
      teamId: teamId == null ? null : fromPublicId('Team', teamId, `${path}.teamId`),
      method,
      assigneeIds: (assigneeIds ?? []).map((id) => fromPublicId('User', id, `${path}.assigneeIds`)),
    };
  }
}

@InputType('UpdateInboxSettingsInput', {
  description: 'How to work on conversations; what is left out stays, null takes it away.',
})
export class UpdateInboxSettingsInput {
  @Field(() => ID, { description: 'The subaccount.' })
  subaccountId = '';

  @Field(() => Int, {
    description:
      'The version that you saw. When it is another one by now, the call is a CONFLICT: STALE_VERSION.',
  })
  version = 0;

  @Field(() => [WorkingHoursInput], { nullable: true, description: 'When somebody is there; none: always.' })
  workingHours?: WorkingHoursInput[] | null;

  @Field(() => [LocalDate], { nullable: true, description: 'Days on which nobody is there, at most 400.' })
  closedOn?: string[] | null;

  @Field(() => String, {
    nullable: true,
    description: `What to answer while nobody is there: 1 to 4,096 characters, with places such as {{contact.name|there}}: ${variablesWith(DEVICE_VARIABLES).join(', ')}.`,
  })
  awayMessage?: string | null;

  @Field(() => [AssignmentRuleInput], { nullable: true, description: 'The first one that fits decides.' })
  assignmentRules?: AssignmentRuleInput[] | null;

  toChanges(): InboxChanges {
    const { version, awayMessage, workingHours, closedOn, assignmentRules } = this;
    return {
      version,
      awayMessage,
      workingHours:
        workingHours === null ? [] : workingHours?.map(({ day, from, until }) => ({ day, from, until })),
      closedOn: closedOn === null ? [] : closedOn,
      assignmentRules:
        assignmentRules === null
          ? []
          : assignmentRules?.map((rule, index) => rule.toRule(`input.assignmentRules.${index}`)),
    };
  }
}

@ObjectType('InboxSettingsPayload', { description: 'What changing the settings answers.' })
export class InboxSettingsPayload {
  @Field(() => InboxSettingsType, { description: 'The settings as they are now.' })
  readonly inboxSettings: InboxSettingsType;

  constructor(settings: InboxSettings) {
    this.inboxSettings = new InboxSettingsType(settings);
  }
}

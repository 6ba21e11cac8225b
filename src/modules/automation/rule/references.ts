import type { EntityManager } from '@mikro-orm/postgresql';
import { invalidInput } from '../../../kernel/errors.js';
import type { FieldError } from '../../../kernel/errors.js';
import { fieldKeysOf, hasField } from '../../contact/index.js';
import { Device } from '../../device/index.js';
import { Team, worksFor } from '../../identity/index.js';
import { Pipeline, Stage } from '../../pipeline/index.js';
import type { RuleConditions, RuleStep, RuleTrigger } from './rule.js';

type Kind = 'DEVICE' | 'FIELD' | 'PIPELINE' | 'STAGE' | 'TEAM' | 'USER';

interface Reference {
  readonly kind: Kind;
  readonly id: string;
  readonly path: string;
}

interface Rule {
  readonly trigger: RuleTrigger;
  readonly conditions: RuleConditions;
  readonly steps: readonly RuleStep[];
}

const WANTED: Readonly<Record<Exclude<Kind, 'FIELD'>, string>> = {
  DEVICE: 'a device of the subaccount',
  PIPELINE: 'a pipeline of the subaccount',
  STAGE: 'a stage of the subaccount',
  TEAM: 'a team of the subaccount',
  USER: 'a user who works for the subaccount',
};

/** Throws INVALID_INPUT that names everything in a rule that is nothing of its subaccount. */
export async function assertReferences(em: EntityManager, subaccountId: string, rule: Rule): Promise<void> {
  const wrong: FieldError[] = [];
  for (const { kind, id, path } of referencesOf(rule)) {
    if (!(await FIND[kind](em, subaccountId, id))) wrong.push({ path, message: complaintOf(kind, id) });
  }
  if (wrong.length > 0) throw invalidInput(wrong);
}

const complaintOf = (kind: Kind, id: string): string =>
  kind === 'FIELD'
    ? `names the contact field "${id}", which the subaccount does not have`
    : `must be ${WANTED[kind]}`;

type Find = (em: EntityManager, subaccountId: string, id: string) => Promise<boolean>;

const FIND: Readonly<Record<Kind, Find>> = {
  DEVICE: async (em, subaccountId, id) => (await em.count(Device, { subaccountId, id, deletedAt: null })) > 0,
  FIELD: hasField,
  PIPELINE: async (em, subaccountId, id) => (await em.count(Pipeline, { subaccountId, id })) > 0,
  STAGE: async (em, subaccountId, id) => (await em.count(Stage, { subaccountId, id })) > 0,
  TEAM: async (em, subaccountId, id) => (await em.count(Team, { subaccountId, id })) > 0,
  USER: (em, subaccountId, id) => worksFor(em, id, subaccountId),
};

function referencesOf({ trigger, conditions, steps }: Rule): readonly Reference[] {
  const { deviceIds = [], dealStageIds = [], noOpenDealIn } = conditions;
  const into = trigger.kind === 'DEAL_MOVED' ? trigger : null;
  return [
    ...(trigger.kind === 'CONVERSATION_ASSIGNED' ? people(trigger, 'input.trigger') : []),
    ...named('PIPELINE', into?.pipelineId, 'input.trigger.pipelineId'),
    ...named('STAGE', into?.stageId, 'input.trigger.stageId'),
    ...deviceIds.flatMap((id, index) => named('DEVICE', id, `input.conditions.deviceIds.${index}`)),
    ...dealStageIds.flatMap((id, index) => named('STAGE', id, `input.conditions.dealStageIds.${index}`)),
    ...named('PIPELINE', noOpenDealIn, 'input.conditions.noOpenDealIn'),
    ...steps.flatMap((step, index) => referencesOfStep(step, `input.steps.${index}`)),
  ];
}

function referencesOfStep(step: RuleStep, path: string): readonly Reference[] {
  switch (step.kind) {
    case 'OPEN_DEAL':
      return [
        ...named('PIPELINE', step.pipelineId, `${path}.pipelineId`),
        ...named('STAGE', step.stageId, `${path}.stageId`),
        ...fields(step.title, `${path}.title`),
      ];
    case 'REPLY':
      return fields(step.text, `${path}.text`);
    case 'ASSIGN':
      return people(step, path);
    case 'MOVE_DEAL':
      return named('STAGE', step.stageId, `${path}.stageId`);
    default:
      return [];
  }
}

function people(
  { assigneeId, teamId }: { readonly assigneeId?: string | undefined; readonly teamId?: string | undefined },
  path: string,
): readonly Reference[] {
  return [...named('USER', assigneeId, `${path}.assigneeId`), ...named('TEAM', teamId, `${path}.teamId`)];
}

function fields(text: string, path: string): readonly Reference[] {
  return fieldKeysOf(text).map((id) => ({ kind: 'FIELD', id, path }));
}

function named(kind: Kind, id: string | undefined, path: string): readonly Reference[] {
  return id === undefined ? [] : [{ kind, id, path }];
}

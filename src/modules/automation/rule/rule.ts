import { z } from 'zod';
import { nameText } from '../../../kernel/input.js';
import { weekHours } from './hours.js';
import { KEYWORD_MATCHES } from './keywords.js';
import { asksForKnown, RULE_VARIABLES } from './variables.js';

const MAX_KEYWORDS = 50;
const MAX_KEYWORD_LENGTH = 100;
const MAX_TEXT_LENGTH = 4_096;
const MAX_NAME_LENGTH = 50;
const MAX_STEPS = 20;
const MAX_LISTED = 50;
const MAX_WAIT_SECONDS = 30 * 24 * 60 * 60;
const MAX_IDLE_MINUTES = 30 * 24 * 60;

/** Whose silence is waited for: after what a customer wrote, after what was written to them, or after either. */
export const IDLE_AFTER = ['INBOUND', 'OUTBOUND', 'ANY'] as const;
export type IdleAfter = (typeof IDLE_AFTER)[number];

/** How somebody is chosen who is not named. */
export const ASSIGN_METHODS = ['ROUND_ROBIN', 'LEAST_BUSY'] as const;
export type AssignMethod = (typeof ASSIGN_METHODS)[number];

const keywords = z
  .array(nameText(MAX_KEYWORD_LENGTH))
  .min(1, 'must name a keyword')
  .max(MAX_KEYWORDS, `must be at most ${MAX_KEYWORDS} keywords`);
/** Of a tag or a label. */
const name = nameText(MAX_NAME_LENGTH);
const names = z.array(name).min(1, 'must not be empty').max(MAX_LISTED, `must be at most ${MAX_LISTED}`);
const match = z.enum(KEYWORD_MATCHES).default('WORD');
const ids = z.array(z.uuid()).min(1, 'must not be empty').max(MAX_LISTED, `must be at most ${MAX_LISTED}`);

export const ruleTrigger = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('FIRST_MESSAGE') }),
  z.strictObject({ kind: z.literal('MESSAGE_MATCHES'), keywords, match }),
  z.strictObject({
    kind: z.literal('CONVERSATION_IDLE'),
    minutes: wholeNumber(1, MAX_IDLE_MINUTES),
    after: z.enum(IDLE_AFTER).default('INBOUND'),
  }),
  z.strictObject({
    kind: z.literal('DEAL_MOVED'),
    pipelineId: z.uuid().optional(),
    stageId: z.uuid().optional(),
  }),
  z.strictObject({ kind: z.literal('DEVICE_NEEDS_ATTENTION') }),
  z.strictObject({ kind: z.literal('TAG_ADDED'), tag: name }),
  z.strictObject({
    kind: z.literal('CONVERSATION_ASSIGNED'),
    assigneeId: z.uuid().optional(),
    teamId: z.uuid().optional(),
  }),
  z.strictObject({ kind: z.literal('WEBHOOK_CALLED') }),
]);
export type RuleTrigger = z.output<typeof ruleTrigger>;
export type TriggerKind = RuleTrigger['kind'];

/** All of them must hold; what is left out always does. */
export const ruleConditions = z.strictObject({
  deviceIds: ids.optional(),
  keywords: keywords.optional(),
  keywordMatch: match.optional(),
  hours: weekHours.optional(),
  dealStageIds: ids.optional(),
  noOpenDealIn: z.uuid().optional(),
  contactTags: names.optional(),
  labels: names.optional(),
  optedOut: z.boolean().optional(),
});
export type RuleConditions = z.output<typeof ruleConditions>;

export const ruleStep = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('REPLY'), text: filledText(MAX_TEXT_LENGTH) }),
  z.strictObject({
    kind: z.literal('OPEN_DEAL'),
    pipelineId: z.uuid(),
    stageId: z.uuid().optional(),
    title: filledText(200).default('{{contact.name}}'),
    /** Also when the contact has an open deal in the pipeline. */
    evenIfOpen: z.boolean().default(false),
  }),
  z.strictObject({ kind: z.literal('MOVE_DEAL'), stageId: z.uuid() }),
  z.strictObject({
    kind: z.literal('ASSIGN'),
    assigneeId: z.uuid().optional(),
    teamId: z.uuid().optional(),
    /** In place of a user: how one is chosen, of the team or else of all agents. */
    method: z.enum(ASSIGN_METHODS).optional(),
  }),
  z.strictObject({ kind: z.literal('ADD_LABEL'), label: name }),
  z.strictObject({ kind: z.literal('REMOVE_LABEL'), label: name }),
  z.strictObject({ kind: z.literal('ADD_TAG'), tag: name }),
  z.strictObject({ kind: z.literal('REMOVE_TAG'), tag: name }),
  z.strictObject({ kind: z.literal('CALL_WEBHOOK'), url: z.string() }),
  z.strictObject({ kind: z.literal('WAIT'), seconds: wholeNumber(1, MAX_WAIT_SECONDS) }),
]);
export type RuleStep = z.output<typeof ruleStep>;
export type StepKind = RuleStep['kind'];
export type StepOf<K extends StepKind> = Extract<RuleStep, { kind: K }>;

export const ruleSteps = z
  .array(ruleStep)
  .min(1, 'must name a step')
  .max(MAX_STEPS, `must be at most ${MAX_STEPS} steps`)
  .superRefine((steps, issues) => {
    for (const [index, step] of steps.entries()) {
      if (step.kind !== 'ASSIGN' || step.method === undefined || step.assigneeId === undefined) continue;
      const message = 'name a user or how one is chosen, not both';
      issues.addIssue({ code: 'custom', path: [index, 'method'], message });
    }
  });

function filledText(maxLength: number) {
  return z
    .string()
    .refine((text) => text.trim() !== '', 'must not be empty')
    .max(maxLength, `must have at most ${maxLength} characters`)
    .regex(/^[^\0]*$/, 'must not contain the character U+0000')
    .refine(asksForKnown, {
      message: `may name only ${RULE_VARIABLES.map((name) => `{{${name}}}`).join(', ')}`,
    });
}

function wholeNumber(min: number, max: number) {
  const message = `must be a whole number from ${min} to ${max}`;
  return z.number({ message }).int(message).min(min, message).max(max, message);
}

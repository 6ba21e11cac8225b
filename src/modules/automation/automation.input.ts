import { z } from 'zod';
import { idempotencyKeyText, nameText } from '../../kernel/input.js';
import { ruleConditions, ruleSteps, ruleTrigger } from './rule/rule.js';

export const newAutomation = z.object({
  subaccountId: z.uuid(),
  name: nameText(),
  trigger: ruleTrigger,
  conditions: ruleConditions.default({}),
  steps: ruleSteps,
  stopsOthers: z.boolean().default(false),
  enabled: z.boolean().default(true),
  idempotencyKey: idempotencyKeyText().optional(),
});
export type NewAutomation = z.input<typeof newAutomation>;

/** What is left out stays. */
export const automationChanges = z.object({
  version: z.int(),
  name: nameText().optional(),
  trigger: ruleTrigger.optional(),
  conditions: ruleConditions.optional(),
  steps: ruleSteps.optional(),
  stopsOthers: z.boolean().optional(),
  enabled: z.boolean().optional(),
});
export type AutomationChanges = z.input<typeof automationChanges>;

import { z } from 'zod';
import { nameText } from '../../../kernel/input.js';
import { CONVERSATION_STATUSES } from './conversation.entity.js';

export const MAX_LABELS = 50;
const MAX_LABEL_LENGTH = 50;

/** One label, as it is stored. */
export const labelText = nameText(MAX_LABEL_LENGTH);

export const labelList = z
  .array(labelText)
  .max(MAX_LABELS, `must be at most ${MAX_LABELS} labels`)
  .transform((list) => [...new Set(list)].sort());

/** What is left out stays; null takes it away. */
export const conversationWork = z
  .object({
    status: z.enum(CONVERSATION_STATUSES).optional(),
    snoozedUntil: z.date().nullable().optional(),
    assigneeId: z.uuid().nullable().optional(),
    teamId: z.uuid().nullable().optional(),
  })
  .refine(({ status, snoozedUntil }) => (status === 'SNOOZED') === (snoozedUntil != null), {
    path: ['snoozedUntil'],
    message: 'goes with the status SNOOZED, which needs it',
  });

export const conversationChanges = z.intersection(z.object({ version: z.int() }), conversationWork);
export type ConversationChanges = z.input<typeof conversationChanges>;

export const labelChanges = z.object({
  add: labelList.default([]),
  remove: labelList.default([]),
});
export type LabelChanges = z.input<typeof labelChanges>;

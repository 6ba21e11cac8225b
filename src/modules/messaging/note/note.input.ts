import { z } from 'zod';
import { idempotencyKeyText } from '../../../kernel/input.js';

const MAX_LENGTH = 10_000;
const MAX_MENTIONS = 20;

export const newNote = z.object({
  conversationId: z.uuid(),
  text: z
    .string()
    .trim()
    .min(1, 'must not be empty')
    .max(MAX_LENGTH, `must have at most ${MAX_LENGTH} characters`)
    .refine((text) => !text.includes('\0'), 'must not contain null characters'),
  mentionedUserIds: z
    .array(z.uuid())
    .max(MAX_MENTIONS, `must be at most ${MAX_MENTIONS} users`)
    .default([])
    .transform((ids) => [...new Set(ids)]),
  idempotencyKey: idempotencyKeyText()
    .nullish()
    .transform((key) => key ?? null),
});
export type NewNote = z.input<typeof newNote>;

import { z } from 'zod';
import { CANNED_REPLY_VARIABLES, unknownVariable } from './canned-reply.variables.js';

const MAX_SHORTCUT_LENGTH = 50;
const MAX_TEXT_LENGTH = 4_096;

const shortcut = z
  .string()
  .trim()
  .toLowerCase()
  .min(1, 'must not be empty')
  .max(MAX_SHORTCUT_LENGTH, `must have at most ${MAX_SHORTCUT_LENGTH} characters`)
  .regex(/^[\p{L}\p{M}\p{N}_-]*$/u, 'must consist of letters, digits, dashes and underscores');

const text = z
  .string()
  .regex(/^[^\0]*$/, 'must not contain the character U+0000')
  .max(MAX_TEXT_LENGTH, `must have at most ${MAX_TEXT_LENGTH} characters`)
  .refine((value) => value.trim() !== '', 'must not be empty')
  .transform((value) => value.toWellFormed())
  .superRefine((value, issues) => {
    const unknown = unknownVariable(value);
    if (unknown === null) return;
    issues.addIssue({
      code: 'custom',
      message: `must not contain {{${unknown}}}; there are ${CANNED_REPLY_VARIABLES.join(', ')}`,
    });
  });

export const newCannedReply = z.object({ subaccountId: z.uuid(), shortcut, text });
export type NewCannedReply = z.input<typeof newCannedReply>;

export const cannedReplyChanges = z.object({ shortcut: shortcut.nullish(), text: text.nullish() });
export type CannedReplyChanges = z.input<typeof cannedReplyChanges>;

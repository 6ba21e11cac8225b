import { z } from 'zod';
import { refuseUnknown } from '../../contact/index.js';
import { CANNED_REPLY_VARIABLES } from './canned-reply.variables.js';

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
  .superRefine(refuseUnknown(CANNED_REPLY_VARIABLES));

export const newCannedReply = z.object({ subaccountId: z.uuid(), shortcut, text });
export type NewCannedReply = z.input<typeof newCannedReply>;

export const cannedReplyChanges = z.object({ shortcut: shortcut.nullish(), text: text.nullish() });
export type CannedReplyChanges = z.input<typeof cannedReplyChanges>;

import { toUSVString } from 'node:util';
import { z } from 'zod';
import { parseInput } from '../../../kernel/input.js';

const MAX_TEXT_LENGTH = 4_096;

const Reaction = z.object({
  // Some keyboards leave out the mark that makes an emoji of a sign.
  emoji: z
    .string()
    .refine((text) => isEmoji(text) || isEmoji(`${text}\u{FE0F}`), 'must be one emoji')
    .nullish()
    .transform((emoji) => emoji ?? null),
});

const Edit = z.object({
  text: z
    .string()
    .regex(/^[^\0]*$/, 'must not contain the character U+0000')
    .max(MAX_TEXT_LENGTH, `must have at most ${MAX_TEXT_LENGTH} characters`)
    .refine((text) => text.trim() !== '', 'must not be empty')
    .transform(toUSVString),
});

/** null takes a reaction back. */
export function parseReaction(input: { readonly emoji?: string | null | undefined }): string | null {
  return parseInput(Reaction, input).emoji;
}

export function parseEdit(input: { readonly text: string }): string {
  return parseInput(Edit, input).text;
}

function isEmoji(text: string): boolean {
  return /^\p{RGI_Emoji}$/v.test(text);
}

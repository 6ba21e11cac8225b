import { z } from 'zod';
import { parseInput } from './input.js';

const MAX_LENGTH = 200;

const Words = z
  .string()
  .trim()
  .min(1, 'must not be empty')
  .max(MAX_LENGTH, `must have at most ${MAX_LENGTH} characters`)
  .regex(/^[^\0]*$/, 'must not contain the character U+0000')
  .transform((text) => text.toWellFormed());

/** Words to look for, of an argument `query`. Throws INVALID_INPUT. */
export function parseSearch(query: string): string {
  return parseInput(Words, query, 'query');
}

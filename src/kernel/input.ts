import { z } from 'zod';
import { invalidInput } from './errors.js';

const NOUNS: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
};

/** The library's own words are for programmers ("expected string, received undefined"). */
z.config({
  customError: (issue) => {
    if (issue.input === undefined) return 'is required';
    return issue.code === 'invalid_type' ? `must be ${NOUNS[issue.expected] ?? issue.expected}` : undefined;
  },
});

/** Checks what a caller sent; throws INVALID_INPUT that names every wrong field below `path`. */
export function parseInput<T extends z.ZodType>(schema: T, input: unknown, path = 'input'): z.output<T> {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  throw invalidInput(
    result.error.issues.map((issue) => ({
      path: [path, ...issue.path.map(String)].join('.'),
      message: issue.message,
    })),
  );
}

/** A name that people give: 1 to `maxLength` characters, trimmed, without control characters. */
export function nameText(maxLength = 200) {
  return z
    .string()
    .trim()
    .min(1, 'must not be empty')
    .max(maxLength, `must have at most ${maxLength} characters`)
    .regex(/^\P{Cc}*$/u, 'must not contain control characters');
}

/** A caller's idempotency key. */
export function idempotencyKeyText() {
  return z
    .string()
    .min(1, 'must not be empty')
    .max(255, 'must have at most 255 characters')
    .regex(/^[\x20-\x7e]*$/, 'must be printable ASCII');
}

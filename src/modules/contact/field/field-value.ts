import type { ContactField } from './contact-field.entity.js';

/** A value as it is stored: a text that means one thing only, and for numbers what they sort by. */
export interface FieldValue {
  readonly value: string;
  readonly number: number | null;
}

export type ParsedValue = { readonly ok: FieldValue } | { readonly problem: string };

// An index holds it.
const MAX_TEXT_LENGTH = 500;
const NUMBER = /^-?\d{1,15}(?:\.\d{1,10})?$/;
const DAY = /^\d{4}-\d{2}-\d{2}$/;
const TRUE = new Set(['true', 'yes', '1']);
const FALSE = new Set(['false', 'no', '0']);

/** What people, and the cells of their files, say of a field, in its one stored form. */
export function parseFieldValue(
  { type, options }: Pick<ContactField, 'type' | 'options'>,
  said: string,
): ParsedValue {
  const text = said.trim();
  switch (type) {
    case 'TEXT':
      return parseText(text);
    case 'NUMBER':
      return NUMBER.test(text) ? numeric(Number(text)) : problem('must be a number such as 1250.5');
    case 'BOOLEAN':
      return parseBoolean(text.toLowerCase());
    case 'DATE':
      return isDay(text) ? plain(text) : problem('must be a day such as 2027-01-31');
    case 'SELECT': {
      const option = options.find((each) => each.toLowerCase() === text.toLowerCase());
      return option === undefined ? problem(`must be one of: ${options.join(', ')}`) : plain(option);
    }
  }
}

function parseText(text: string): ParsedValue {
  if (text === '') return problem('must not be empty');
  if (text.length > MAX_TEXT_LENGTH) return problem(`must have at most ${MAX_TEXT_LENGTH} characters`);
  return /^\P{Cc}*$/u.test(text) ? plain(text) : problem('must not contain control characters');
}

function parseBoolean(text: string): ParsedValue {
  if (TRUE.has(text)) return plain('true');
  return FALSE.has(text) ? plain('false') : problem('must be true or false');
}

/** A day that does not exist becomes another one. */
function isDay(text: string): boolean {
  const time = DAY.test(text) ? Date.parse(text) : NaN;
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
}

const plain = (value: string): ParsedValue => ({ ok: { value, number: null } });
const numeric = (number: number): ParsedValue => ({ ok: { value: String(number), number } });
const problem = (message: string): ParsedValue => ({ problem: message });

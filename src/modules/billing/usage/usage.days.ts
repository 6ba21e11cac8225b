import { invalidInput } from '../../../kernel/errors.js';

const DAY_MS = 24 * 60 * 60_000;
const MAX_DAYS = 366;

const formats = new Map<string, Intl.DateTimeFormat>();

/** The day by the wall clock of a time zone, such as 2026-11-21. */
export function dayIn(at: Date, timeZone: string): string {
  const format = formats.get(timeZone) ?? new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short' });
  formats.set(timeZone, format);
  return format.format(at);
}

/** Days, both included. */
export interface UsageRange {
  readonly from: string;
  readonly to: string;
}

/** Throws INVALID_INPUT for a range that ends before it begins or is longer than a year. */
export function assertRange({ from, to }: UsageRange): void {
  const days = (Date.parse(to) - Date.parse(from)) / DAY_MS + 1;
  if (days >= 1 && days <= MAX_DAYS) return;
  const message = days < 1 ? 'must not be before `from`' : `must be at most ${MAX_DAYS} days after \`from\``;
  throw invalidInput([{ path: 'filter.to', message }]);
}

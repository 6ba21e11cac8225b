import { WEEKDAYS } from '../../../kernel/weekdays.js';
import type { Weekday } from '../../../kernel/weekdays.js';

/** A part of a day by the wall clock, such as 09:00 to 12:30; until 24:00 is to the end of the day. */
export interface WorkingHours {
  readonly day: Weekday;
  readonly from: string;
  readonly until: string;
}

export interface WorkingTime {
  /** None: somebody is always there. */
  readonly hours: readonly WorkingHours[];
  /** Days on which nobody is there all day, such as 2026-12-25. */
  readonly closedOn: readonly string[];
  /** Whose wall clock it is. */
  readonly timezone: string;
}

/** Longer than any holidays with working hours before and behind them that people plan ahead. */
const SEARCH_DAYS = 60;
const DAY_MS = 24 * 60 * 60_000;
const NEVER = 'never';

/**
 * When somebody is there again, by the wall clock, such as 2026-11-23T09:00: it names an absence, the same from its beginning to its
 * end. Null while somebody is there. It compares wall-clock texts, so that a change of the clocks needs no rule of its own.
 */
export function backAt({ hours, closedOn, timezone }: WorkingTime, at: Date): string | null {
  if (hours.length === 0) return null;
  const [today = '', time = ''] = wallClockIn(timezone).format(at).split(' ');
  for (let ahead = 0; ahead <= SEARCH_DAYS; ahead += 1) {
    const day = new Date(Date.parse(today) + ahead * DAY_MS);
    const date = day.toISOString().slice(0, 10);
    if (closedOn.includes(date)) continue;
    const parts = hours.filter((each) => each.day === WEEKDAYS[day.getUTCDay()]);
    if (ahead === 0 && parts.some(({ from, until }) => from <= time && time < until)) return null;
    const openings = parts.map(({ from }) => from).filter((from) => ahead > 0 || from > time);
    const [first] = openings.sort();
    if (first !== undefined) return `${date}T${first}`;
  }
  return NEVER;
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** Writes `2026-11-21 08:30`. */
function wallClockIn(timeZone: string): Intl.DateTimeFormat {
  const options = { timeZone, dateStyle: 'short', timeStyle: 'short' } as const;
  const format = formats.get(timeZone) ?? new Intl.DateTimeFormat('sv-SE', options);
  formats.set(timeZone, format);
  return format;
}

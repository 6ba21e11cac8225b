import { minutesOf } from '../../../device/index.js';
import type { SendingHours } from '../../../device/index.js';

const MINUTE_MS = 60_000;
const COARSE_MINUTES = 15;
/** Longer than any night, also one with a change of the clocks. */
const SEARCH_MINUTES = 3 * 24 * 60;

/**
 * The first moment from `at` on when the hours are open by the wall clock of the time zone. It looks at moments instead of computing with
 * wall-clock times: an hour that a change of the clocks skips or repeats then needs no rule of its own.
 */
export function nextOpening(at: Date, hours: SendingHours, timezone: string): Date {
  const isOpen = openingsOf(hours, timezone);
  if (isOpen(at.getTime())) return at;
  let minute = Math.ceil(at.getTime() / MINUTE_MS);
  const end = minute + SEARCH_MINUTES;
  while (minute < end && !isOpen(minute * MINUTE_MS)) minute += COARSE_MINUTES;
  while (isOpen((minute - 1) * MINUTE_MS) && (minute - 1) * MINUTE_MS > at.getTime()) minute -= 1;
  return new Date(minute * MINUTE_MS);
}

function openingsOf({ from, until }: SendingHours, timeZone: string): (atMs: number) => boolean {
  const wallClock = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  });
  const first = minutesOf(from);
  const end = minutesOf(until);
  return (atMs) => {
    const minutes = minutesOf(wallClock.format(atMs));
    return minutes >= first && minutes < end;
  };
}

import { z } from 'zod';
import { WEEKDAYS } from '../../../kernel/weekdays.js';

const TIME = /^(?:[01]\d|2[0-3]):[0-5]\d$/;
const time = z.string().regex(TIME, 'must be a time such as 09:00');

/** Hours of a week by the wall clock of the subaccount; `until` before `from` goes over midnight. */
export const weekHours = z.strictObject({
  when: z.enum(['INSIDE', 'OUTSIDE']),
  days: z.array(z.enum(WEEKDAYS)).min(1, 'must name a day'),
  from: time,
  until: time,
});
export type WeekHours = z.output<typeof weekHours>;

/** Whether a moment is as the hours ask for: inside, or outside. */
export function fitsHours(at: Date, { when, days, from, until }: WeekHours, timeZone: string): boolean {
  const clock = wallClock(at, timeZone);
  const isOn = (day: number): boolean => days.includes(WEEKDAYS[(day + 7) % 7] ?? 'MONDAY');
  const inside =
    from < until
      ? isOn(clock.day) && clock.time >= from && clock.time < until
      : (isOn(clock.day) && clock.time >= from) || (isOn(clock.day - 1) && clock.time < until);
  return inside === (when === 'INSIDE');
}

function wallClock(at: Date, timeZone: string): { readonly day: number; readonly time: string } {
  const parts = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    weekday: 'long',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  }).formatToParts(at);
  const part = (type: Intl.DateTimeFormatPartTypes): string =>
    parts.find((each) => each.type === type)?.value ?? '';
  const day = WEEKDAYS.findIndex((name) => name === part('weekday').toUpperCase());
  return { day, time: `${part('hour')}:${part('minute')}` };
}

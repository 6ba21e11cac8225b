import { describe, expect, it } from 'vitest';
import { WEEKDAYS } from '../../../src/kernel/weekdays.js';
import { backAt } from '../../../src/modules/inbox/settings/working-hours.js';
import type { WorkingTime } from '../../../src/modules/inbox/settings/working-hours.js';

const weekdays = WEEKDAYS.slice(1, 6);
const office: WorkingTime = {
  hours: weekdays.flatMap((day) => [
    { day, from: '09:00', until: '12:30' },
    { day, from: '13:00', until: '17:00' },
  ]),
  closedOn: ['2026-12-25'],
  timezone: 'Asia/Jakarta',
};

describe('when somebody is there again', () => {
  // 2026-11-20 is a Friday; Jakarta is seven hours ahead.
  it.each([
    ['in the morning', '2026-11-20T02:00:00Z', null],
    ['at the last moment before noon', '2026-11-20T05:29:59Z', null],
    ['at noon', '2026-11-20T05:30:00Z', '2026-11-20T13:00'],
    ['before work', '2026-11-20T01:59:00Z', '2026-11-20T09:00'],
    ['after work', '2026-11-19T10:00:00Z', '2026-11-20T09:00'],
    ['when the weekend begins', '2026-11-20T10:00:00Z', '2026-11-23T09:00'],
    ['at its end', '2026-11-23T01:59:59Z', '2026-11-23T09:00'],
    ['on a holiday', '2026-12-25T04:00:00Z', '2026-12-28T09:00'],
    ['on the evening before it', '2026-12-24T12:00:00Z', '2026-12-28T09:00'],
  ])('%s', (_when, at, expected) => {
    expect(backAt(office, new Date(at))).toBe(expected);
  });

  it('is now, always, without working hours', () => {
    expect(backAt({ ...office, hours: [] }, new Date('2026-12-25T04:00:00Z'))).toBeNull();
  });

  it('is open to the end of a day, and closed the moment after', () => {
    const night: WorkingTime = {
      hours: [{ day: 'SATURDAY', from: '20:00', until: '24:00' }],
      closedOn: [],
      timezone: 'UTC',
    };
    expect(backAt(night, new Date('2026-11-21T23:59:59Z'))).toBeNull();
    expect(backAt(night, new Date('2026-11-22T00:00:00Z'))).toBe('2026-11-28T20:00');
  });

  it('goes by the wall clock where the clocks change', () => {
    const berlin: WorkingTime = {
      hours: [{ day: 'SUNDAY', from: '02:30', until: '03:30' }],
      closedOn: [],
      timezone: 'Europe/Berlin',
    };
    // In that night 02:00 is 03:00, and in autumn 03:00 is 02:00 again.
    expect(backAt(berlin, new Date('2027-03-28T01:10:00Z'))).toBeNull();
    expect(backAt(berlin, new Date('2027-03-28T00:59:00Z'))).toBe('2027-03-28T02:30');
    expect(backAt(berlin, new Date('2027-10-31T00:40:00Z'))).toBeNull();
    expect(backAt(berlin, new Date('2027-10-31T01:10:00Z'))).toBe('2027-10-31T02:30');
  });

  it('is never, where no working hours come', () => {
    const closedOn = Array.from({ length: 70 }, (_, day) =>
      new Date(Date.UTC(2026, 10, 20 + day)).toISOString().slice(0, 10),
    );
    expect(backAt({ ...office, closedOn }, new Date('2026-11-20T02:00:00Z'))).toBe('never');
  });
});

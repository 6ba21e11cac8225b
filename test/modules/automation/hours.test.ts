import { describe, expect, it } from 'vitest';
import { fitsHours, weekHours } from '../../../src/modules/automation/rule/hours.js';
import type { WeekHours } from '../../../src/modules/automation/rule/hours.js';

const office: WeekHours = { when: 'INSIDE', days: ['MONDAY', 'FRIDAY'], from: '09:00', until: '17:00' };
const night: WeekHours = { when: 'INSIDE', days: ['FRIDAY'], from: '22:00', until: '06:00' };

describe('hours of a week', () => {
  // 2026-11-20 is a Friday.
  it.each([
    ['when they begin', office, '2026-11-20T02:00:00Z', true],
    ['a minute before', office, '2026-11-20T01:59:00Z', false],
    ['when they end', office, '2026-11-20T10:00:00Z', false],
    ['on another day', office, '2026-11-19T03:00:00Z', false],
    ['over midnight, before', night, '2026-11-20T16:00:00Z', true],
    ['over midnight, after', night, '2026-11-20T22:59:00Z', true],
    ['over midnight, at the end', night, '2026-11-20T23:00:00Z', false],
    ['over midnight, the night before', night, '2026-11-19T22:00:00Z', false],
  ])('%s, by the clock of the subaccount', (_name, hours, at, isInside) => {
    expect(fitsHours(new Date(at), hours, 'Asia/Jakarta')).toBe(isInside);
    expect(fitsHours(new Date(at), { ...hours, when: 'OUTSIDE' }, 'Asia/Jakarta')).toBe(!isInside);
  });

  it.each(['9:00', '24:00', '09:60', ''])('do not begin at %s', (from) => {
    expect(weekHours.safeParse({ ...office, from }).success).toBe(false);
  });
});

import { describe, expect, it } from 'vitest';
import type { StoredEvent } from '../../../src/kernel/events.js';
import { countUsage } from '../../../src/modules/billing/usage/usage.counts.js';
import { dayIn } from '../../../src/modules/billing/usage/usage.days.js';

describe('the day of a usage', () => {
  it.each([
    ['2026-11-20T16:59:59.999Z', 'Asia/Jakarta', '2026-11-20'],
    ['2026-11-20T17:00:00.000Z', 'Asia/Jakarta', '2026-11-21'],
    ['2026-11-20T23:59:59.999Z', 'UTC', '2026-11-20'],
    ['2026-12-31T10:00:00.000Z', 'Pacific/Kiritimati', '2027-01-01'],
    ['2026-01-01T10:59:59.999Z', 'Pacific/Pago_Pago', '2025-12-31'],
    // Clocks go back at 06:00 UTC on that day: it has 25 hours.
    ['2026-11-01T04:00:00.000Z', 'America/New_York', '2026-11-01'],
    ['2026-11-02T04:59:59.999Z', 'America/New_York', '2026-11-01'],
    ['2026-11-02T05:00:00.000Z', 'America/New_York', '2026-11-02'],
  ])('%s in %s is %s', (at, timeZone, day) => {
    expect(dayIn(new Date(at), timeZone)).toBe(day);
  });

  it('is of each step for itself: what was accepted before midnight may be read after it', () => {
    const step = (at: string, topic: StoredEvent['topic'], status: object = {}): StoredEvent => ({
      streamId: 's',
      subaccountId: 's',
      seq: 1,
      topic,
      payload: { deviceId: 'd', pool: 'FREE', ...status },
      actor: null,
      occurredAt: new Date(at),
    });
    const events = [
      step('2026-11-20T16:59:58Z', 'message.created'),
      step('2026-11-20T16:59:59Z', 'message.status_changed', { previous: 'SENDING', status: 'SENT' }),
      step('2026-11-20T17:00:00Z', 'message.status_changed', { previous: 'SENT', status: 'READ' }),
    ];
    const rest = { failed: 0, expired: 0, canceled: 0, deviceId: 'd', pool: 'FREE' };
    expect(countUsage(events, (at) => dayIn(at, 'Asia/Jakarta'))).toEqual([
      { ...rest, day: '2026-11-20', accepted: 1, sent: 1, delivered: 0, read: 0 },
      { ...rest, day: '2026-11-21', accepted: 0, sent: 0, delivered: 1, read: 1 },
    ]);
  });
});

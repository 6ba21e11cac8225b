import { describe, expect, test } from 'vitest';
import { capsOf, sendPolicyOf } from '../../../src/modules/device/index.js';
import type { SendRules } from '../../../src/modules/device/index.js';
import { delayAfter, paceOf } from '../../../src/modules/messaging/outbound/pacing/pace.js';
import type { WrittenFacts } from '../../../src/modules/messaging/outbound/pacing/pace.js';
import { nextOpening } from '../../../src/modules/messaging/outbound/pacing/sending-hours.js';
import { typingMs } from '../../../src/modules/messaging/outbound/pacing/typing.js';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const PAIRED_AT = Date.UTC(2026, 0, 5, 8);

function rulesOf(changes: Partial<SendRules['policy']> = {}, more: Partial<SendRules> = {}): SendRules {
  return {
    policy: { ...sendPolicyOf({}, 'ON'), ...changes },
    timezone: 'UTC',
    numberSince: new Date(PAIRED_AT),
    reachoutLockedUntil: null,
    newChatsCappedUntil: null,
    ...more,
  };
}

interface Write {
  readonly atMs: number;
  readonly stranger: boolean;
}

/** What the database would answer. */
function factsOf(writes: readonly Write[], rules: SendRules, now: Date): WrittenFacts {
  const caps = capsOf(rules.policy, rules.numberSince, now);
  const newChats = writes.filter(({ stranger }) => stranger);
  const last = writes.at(-1);
  return {
    last: last === undefined ? null : { atMs: last.atMs, id: `message-${writes.length}` },
    perMinuteMs: writes.at(-caps.perMinute)?.atMs ?? null,
    perHourMs: writes.at(-caps.perHour)?.atMs ?? null,
    perDayMs: writes.at(-caps.perDay)?.atMs ?? null,
    newChatsMs: newChats.at(-caps.newChatsPerDay)?.atMs ?? null,
  };
}

/** Sends as fast as the pace allows. Every fourth message is the first one to a stranger as long as the pace lets it. */
function sendAll(count: number, rules: SendRules, startMs: number): readonly Write[] {
  const writes: Write[] = [];
  let nowMs = startMs;
  while (writes.length < count) {
    const now = new Date(nowMs);
    const { hold, newChats } = paceOf(rules, factsOf(writes, rules, now), now);
    if (hold === null) writes.push({ atMs: nowMs, stranger: newChats === null && writes.length % 4 === 0 });
    else nowMs = hold.until.getTime();
  }
  return writes;
}

/** The most writes in any window of this length that ends with a write, beside the cap of that moment. */
function worstExcess(times: readonly number[], windowMs: number, capAt: (atMs: number) => number): number {
  let first = 0;
  return times.reduce((worst, atMs, index) => {
    while ((times[first] ?? 0) <= atMs - windowMs) first += 1;
    return Math.max(worst, index - first + 1 - capAt(atMs));
  }, Number.NEGATIVE_INFINITY);
}

describe('5,000 messages on a device that was paired a day ago', () => {
  const rules = rulesOf();
  const writes = sendAll(5_000, rules, PAIRED_AT + DAY);
  const times = writes.map(({ atMs }) => atMs);
  const capsAt = (atMs: number) => capsOf(rules.policy, rules.numberSince, new Date(atMs));

  test('exceed no cap in any window, and use what is allowed', () => {
    expect(worstExcess(times, MINUTE, (at) => capsAt(at).perMinute)).toBeLessThanOrEqual(0);
    expect(worstExcess(times, HOUR, (at) => capsAt(at).perHour)).toBe(0);
    expect(worstExcess(times, DAY, (at) => capsAt(at).perDay)).toBe(0);
  });

  test('begin few new chats a day', () => {
    const newChats = writes.filter(({ stranger }) => stranger).map(({ atMs }) => atMs);
    expect(worstExcess(newChats, DAY, (at) => capsAt(at).newChatsPerDay)).toBe(0);
  });

  test('take days: the number is warmed up', () => {
    const perDay = [1, 2, 7, 14].map(
      (day) => times.filter((at) => at >= PAIRED_AT + day * DAY && at < PAIRED_AT + (day + 1) * DAY).length,
    );
    expect(perDay[0]).toBe(61);
    expect(perDay.every((count, index) => index === 0 || count > (perDay[index - 1] ?? 0))).toBe(true);
  });

  test('leave with pauses within their bounds, and hardly two alike', () => {
    const pauses = Array.from({ length: 1_000 }, (_, index) => delayAfter(`message-${index}`, rules.policy));
    expect(Math.min(...pauses)).toBeGreaterThanOrEqual(rules.policy.minDelayMs);
    expect(Math.max(...pauses)).toBeLessThanOrEqual(rules.policy.maxDelayMs);
    expect(new Set(pauses).size).toBeGreaterThan(500);
    expect(worstExcess(times, rules.policy.minDelayMs, () => 1)).toBe(0);
  });
});

test('a full minute is waited for, also without pauses', () => {
  const rules = rulesOf({ minDelayMs: 0, maxDelayMs: 0, warmUpDays: 0 });
  const times = sendAll(2_000, rules, PAIRED_AT).map(({ atMs }) => atMs);
  expect(worstExcess(times, MINUTE, () => 20)).toBe(0);
  expect(worstExcess(times, HOUR, () => 200)).toBe(0);
  expect(worstExcess(times, DAY, () => 1_000)).toBe(0);
});

test('a takeover goes on at the same pace: it follows from what was written alone', () => {
  const rules = rulesOf();
  const whole = sendAll(120, rules, PAIRED_AT);
  const now = new Date((whole.at(-1)?.atMs ?? 0) + SECOND);
  const again = () => paceOf(rules, factsOf(whole, rules, now), now);
  expect(again()).toEqual(again());
  expect(again().hold?.reason).toBe('PACING');
});

describe('warm-up', () => {
  const capsOn = (day: number, changes = {}) =>
    capsOf(rulesOf(changes).policy, new Date(PAIRED_AT), new Date(PAIRED_AT + day * DAY));

  test.each([
    [0, 50, 10],
    [1, 61, 11],
    [7, 223, 20],
    [14, 1_000, 40],
    [400, 1_000, 40],
  ])('on day %i allows %i messages and %i new chats', (day, perDay, newChatsPerDay) => {
    expect(capsOn(day)).toMatchObject({ perDay, newChatsPerDay });
  });

  test('does not allow more than the full caps, and can be left out', () => {
    expect(capsOn(0, { perDay: 30 }).perDay).toBe(30);
    expect(capsOn(0, { warmUpDays: 0 }).perDay).toBe(1_000);
    expect(capsOf(rulesOf().policy, null, new Date()).perDay).toBe(50);
  });
});

describe('sending hours', () => {
  const hours = { from: '09:00', until: '18:00' };
  const opening = (at: string, timezone: string, when = hours) =>
    nextOpening(new Date(at), when, timezone).toISOString();

  test.each([
    ['inside', '2026-06-10T10:00:00.000Z', 'UTC', '2026-06-10T10:00:00.000Z'],
    ['before', '2026-06-10T03:20:00.000Z', 'UTC', '2026-06-10T09:00:00.000Z'],
    ['after', '2026-06-10T18:00:00.000Z', 'UTC', '2026-06-11T09:00:00.000Z'],
    ['east of Greenwich', '2026-06-10T12:00:00.000Z', 'Asia/Jakarta', '2026-06-11T02:00:00.000Z'],
    ['with half an hour', '2026-06-10T13:00:00.000Z', 'Asia/Kolkata', '2026-06-11T03:30:00.000Z'],
    [
      'the night before the clocks go forward',
      '2026-03-28T20:00:00.000Z',
      'Europe/Berlin',
      '2026-03-29T07:00:00.000Z',
    ],
    ['the night before that', '2026-03-27T20:00:00.000Z', 'Europe/Berlin', '2026-03-28T08:00:00.000Z'],
    [
      'the night before the clocks go back',
      '2026-10-24T20:00:00.000Z',
      'Europe/Berlin',
      '2026-10-25T08:00:00.000Z',
    ],
  ])('%s', (_name, at, timezone, expected) => {
    expect(opening(at, timezone)).toBe(expected);
  });

  test('that begin in the hour that the clocks skip begin after it', () => {
    const early = { from: '02:30', until: '06:00' };
    expect(opening('2026-03-29T00:10:00.000Z', 'Europe/Berlin', early)).toBe('2026-03-29T01:00:00.000Z');
  });

  test('hold what is free by its caps, and say so', () => {
    const rules = rulesOf({ sendingHours: hours });
    const now = new Date('2026-06-10T20:00:00Z');
    expect(paceOf(rules, factsOf([], rules, now), now).hold).toEqual({
      until: new Date('2026-06-11T09:00:00Z'),
      reason: 'SENDING_HOURS',
    });
  });

  test('keep every message inside, whatever the caps do', () => {
    const rules = rulesOf({ sendingHours: hours }, { timezone: 'America/New_York' });
    const clock = new Intl.DateTimeFormat('en-GB', {
      timeZone: 'America/New_York',
      hour: '2-digit',
      hourCycle: 'h23',
    });
    const outside = sendAll(500, rules, PAIRED_AT)
      .map(({ atMs }) => Number(clock.format(atMs)))
      .filter((hour) => hour < 9 || hour >= 18);
    expect(outside).toEqual([]);
  });
});

describe("WhatsApp's limit of new chats", () => {
  const until = new Date(PAIRED_AT + HOUR);
  const now = new Date(PAIRED_AT);
  const nothing = factsOf([], rulesOf(), now);

  test('holds what goes to strangers, also with pacing off', () => {
    for (const pacing of ['ON', 'OFF'] as const) {
      const rules = rulesOf({ pacing }, { reachoutLockedUntil: until });
      expect(paceOf(rules, nothing, now)).toEqual({ hold: null, newChats: { until, to: 'STRANGERS' } });
    }
  });

  test('that has passed holds nothing', () => {
    expect(paceOf(rulesOf({}, { reachoutLockedUntil: now }), nothing, now).newChats).toBeNull();
  });
});

test('with pacing off nothing waits', () => {
  const rules = rulesOf({ pacing: 'OFF', sendingHours: { from: '01:00', until: '02:00' } });
  const writes = Array.from({ length: 2_000 }, () => ({ atMs: PAIRED_AT, stranger: true }));
  const now = new Date(PAIRED_AT);
  expect(paceOf(rules, factsOf(writes, rules, now), now)).toEqual({ hold: null, newChats: null });
});

test('typing takes as long as the text is, within bounds', () => {
  expect(typingMs(null)).toBe(0);
  expect(typingMs('ok')).toBe(800);
  expect(typingMs('x'.repeat(100))).toBe(4_000);
  expect(typingMs('x'.repeat(4_000))).toBe(8_000);
});

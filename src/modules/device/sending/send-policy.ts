import { z } from 'zod';
import { invalidInput } from '../../../kernel/errors.js';
import { parseInput } from '../../../kernel/input.js';

export const PACING = ['ON', 'OFF'] as const;
export type Pacing = (typeof PACING)[number];

/** Why nothing leaves a device although it is connected. */
export type HoldReason = 'PACING' | 'SENDING_HOURS';

/** Wall-clock times of the subaccount's time zone, `HH:MM`; `until` may be `24:00`. */
export interface SendingHours {
  readonly from: string;
  readonly until: string;
}

/** How a device protects its number. */
export interface SendPolicy {
  readonly pacing: Pacing;
  readonly minDelayMs: number;
  readonly maxDelayMs: number;
  readonly typing: boolean;
  readonly perMinute: number;
  readonly perHour: number;
  readonly perDay: number;
  /** First messages to people who have never written to this number. */
  readonly newChatsPerDay: number;
  /** Over so many days since the number came here the daily caps grow from their first values to the full ones; 0: no warm-up. */
  readonly warmUpDays: number;
  readonly warmUpPerDay: number;
  readonly warmUpNewChatsPerDay: number;
  /** null: at any hour. */
  readonly sendingHours: SendingHours | null;
}

/** WhatsApp's own allowance of new chats, as it last told. */
export interface StoredNewChatQuota {
  readonly total: number | null;
  readonly used: number | null;
  /** ISO 8601. */
  readonly cycleEndsAt: string | null;
}

/** What a device has of its own. */
export type SendPolicyChanges = Partial<SendPolicy>;

/**
 * Careful enough for a number that people write to by hand. WhatsApp publishes no limits; these are well below what numbers are known to
 * have been restricted for.
 */
export const DEFAULT_SEND_POLICY: Omit<SendPolicy, 'pacing'> = {
  minDelayMs: 2_000,
  maxDelayMs: 6_000,
  typing: true,
  perMinute: 20,
  perHour: 200,
  perDay: 1_000,
  newChatsPerDay: 40,
  warmUpDays: 14,
  warmUpPerDay: 50,
  warmUpNewChatsPerDay: 10,
  sendingHours: null,
};

/** Opens the window for at least so long. */
const MIN_SENDING_MINUTES = 60;
const TIME = /^(?:[01]\d|2[0-3]):[0-5]\d$|^24:00$/;

const count = (min: number, max: number) => {
  const message = `must be a whole number from ${min} to ${max}`;
  return z.number({ message }).int(message).min(min, message).max(max, message).nullish();
};
const time = z.string().regex(TIME, 'must be a time such as 09:00');

const Changes = z.object({
  pacing: z.enum(PACING).nullish(),
  minDelayMs: count(0, 600_000),
  maxDelayMs: count(0, 600_000),
  typing: z.boolean().nullish(),
  perMinute: count(1, 1_000),
  perHour: count(1, 20_000),
  perDay: count(1, 200_000),
  newChatsPerDay: count(1, 200_000),
  warmUpDays: count(0, 365),
  warmUpPerDay: count(1, 200_000),
  warmUpNewChatsPerDay: count(1, 200_000),
  sendingHours: z
    .object({ from: time, until: time })
    .refine(({ from, until }) => minutesOf(until) - minutesOf(from) >= MIN_SENDING_MINUTES, {
      message: `must end at least ${MIN_SENDING_MINUTES} minutes after it begins`,
      path: ['until'],
    })
    .nullish(),
});

/** Minutes since midnight. */
export function minutesOf(text: string): number {
  const [hours = 0, minutes = 0] = text.split(':').map(Number);
  return hours * 60 + minutes;
}

/** The policy that a device follows. */
export function sendPolicyOf(own: SendPolicyChanges, defaultPacing: Pacing): SendPolicy {
  return { ...DEFAULT_SEND_POLICY, pacing: defaultPacing, ...own };
}

/** What a device has of its own after a change: what is left out stays, null takes the default again. Throws INVALID_INPUT. */
export function changeSendPolicy(
  own: SendPolicyChanges,
  changes: unknown,
  path = 'input.sendPolicy',
): SendPolicyChanges {
  const given = Object.entries(parseInput(Changes, changes, path)).filter(([, value]) => value !== undefined);
  const merged = Object.entries({ ...own, ...Object.fromEntries(given) }).filter(
    ([, value]) => value !== null,
  );
  const changed = Object.fromEntries(merged) as SendPolicyChanges;
  const { minDelayMs, maxDelayMs } = { ...DEFAULT_SEND_POLICY, ...changed };
  if (minDelayMs > maxDelayMs) {
    throw invalidInput([
      { path: `${path}.minDelayMs`, message: `must not be above maxDelayMs (${maxDelayMs})` },
    ]);
  }
  return changed;
}

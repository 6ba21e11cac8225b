import type { SendPolicy } from './send-policy.js';

const DAY_MS = 86_400_000;

/** What a device may write in a sliding minute, hour and day, at one moment. */
export interface SendCaps {
  readonly perMinute: number;
  readonly perHour: number;
  readonly perDay: number;
  readonly newChatsPerDay: number;
}

/** The caps that hold at `now` for a device that has had its number since then; null: it came just now. */
export function capsOf(policy: SendPolicy, numberSince: Date | null, now: Date): SendCaps {
  const { perMinute, perHour, perDay, newChatsPerDay, warmUpDays } = policy;
  const days = numberSince === null ? 0 : Math.floor((now.getTime() - numberSince.getTime()) / DAY_MS);
  const progress = warmUpDays === 0 ? 1 : Math.min(1, Math.max(0, days) / warmUpDays);
  return {
    perMinute,
    perHour,
    perDay: grown(policy.warmUpPerDay, perDay, progress),
    newChatsPerDay: grown(policy.warmUpNewChatsPerDay, newChatsPerDay, progress),
  };
}

/** By the same factor each day, so that the first days stay small. */
function grown(first: number, full: number, progress: number): number {
  const start = Math.min(first, full);
  return Math.floor(start * (full / start) ** progress + 1e-9);
}

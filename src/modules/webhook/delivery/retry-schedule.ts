const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

/** Pauses after the first failed try, the second, …; after the last of them a failure is the end. About three days together. */
export const RETRY_DELAYS_MS: readonly number[] = [
  5 * SECOND_MS,
  5 * MINUTE_MS,
  30 * MINUTE_MS,
  2 * HOUR_MS,
  5 * HOUR_MS,
  10 * HOUR_MS,
  14 * HOUR_MS,
  20 * HOUR_MS,
  24 * HOUR_MS,
];
const MAX_RETRY_AFTER_MS = 24 * HOUR_MS;
/** Pauses are up to so much longer, so that what failed together does not come back together. */
const JITTER = 0.2;

/**
 * When to try again after `tries` failed ones, null: not any more. A receiver that asks for a longer pause gets it, a day at most; one that asks
 * for a shorter one could otherwise use up all tries within seconds. `random` gives [0, 1).
 */
export function nextTryAt(
  facts: { readonly tries: number; readonly retryAfter: string | null; readonly now: Date },
  random: () => number,
): Date | null {
  const delayMs = RETRY_DELAYS_MS[facts.tries - 1];
  if (delayMs === undefined) return null;
  const askedMs = Math.min(retryAfterMs(facts.retryAfter, facts.now), MAX_RETRY_AFTER_MS);
  return new Date(facts.now.getTime() + Math.max(delayMs, askedMs) * (1 + random() * JITTER));
}

/** Seconds, or a date of HTTP; 0 for anything else. */
function retryAfterMs(text: string | null, now: Date): number {
  if (text === null) return 0;
  if (/^\d{1,9}$/.test(text.trim())) return Number(text) * SECOND_MS;
  const at = Date.parse(text);
  return Number.isNaN(at) ? 0 : Math.max(0, at - now.getTime());
}

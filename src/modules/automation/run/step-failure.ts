import { AppError } from '../../../kernel/errors.js';

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;

/** Pauses after the first failed try of a step, the second, …; after the last of them a failure is the end of the run. */
const RETRY_DELAYS_MS: readonly number[] = [
  5 * SECOND_MS,
  30 * SECOND_MS,
  5 * MINUTE_MS,
  30 * MINUTE_MS,
  2 * 60 * MINUTE_MS,
];
/** Pauses are up to so much longer, so that what failed together does not come back together. */
const JITTER = 0.2;

/** Why a step is left out rather than failed: the run goes on behind it. */
const LEFT_OUT: ReadonlySet<string> = new Set([
  'RECIPIENT_OPTED_OUT',
  'RECIPIENT_BLOCKED',
  'CONTACT_WITHOUT_ADDRESS',
]);

export interface StepFailure {
  /** What comes of it: the step is left out, tried again, or ends the run. */
  readonly kind: 'LEFT_OUT' | 'AGAIN' | 'ENDED';
  readonly reason: string;
  readonly detail: string | null;
}

/** What an error in a step means for its run. */
export function judgeFailure(error: unknown): StepFailure {
  if (!(error instanceof AppError)) return { kind: 'AGAIN', reason: 'INTERNAL_ERROR', detail: null };
  const { reason, message: detail, retryable } = error;
  if (LEFT_OUT.has(reason)) return { kind: 'LEFT_OUT', reason, detail };
  const again = retryable || reason === 'STALE_VERSION';
  return { kind: again ? 'AGAIN' : 'ENDED', reason, detail };
}

/** When to try again after `attempts` failed tries, null: not any more. `random` gives [0, 1). */
export function nextTryAt(attempts: number, now: Date, random: () => number): Date | null {
  const delayMs = RETRY_DELAYS_MS[attempts - 1];
  return delayMs === undefined ? null : new Date(now.getTime() + delayMs * (1 + random() * JITTER));
}

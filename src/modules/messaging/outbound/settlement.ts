import type { SendOutcome } from '../../../whatsapp/index.js';
import type { FailureCode } from '../messaging.errors.js';
import type { AttemptOutcome } from './attempt.entity.js';

/** Tries whose outcome is the message's own: unanswered, or failed before the wire while the connection stood. Unless its caller says. */
export const MAX_ATTEMPTS = 5;
/** Tries that a connection or a process ended. Far more, because they are rarely the message's fault, but not for ever. */
export const MAX_INTERRUPTIONS = 50;
/** Processes that ended while they prepared this message and nothing else: a payload that breaks them would do that. */
const MAX_CRASHES = 3;

const BACK_OFF_MS = [5_000, 20_000, 60_000, 180_000] as const;
const JITTER = 0.2;
/** WhatsApp's code for a message to a stranger while it limits new chats of the number. */
export const REACHOUT_LOCK = 463;

/** How one try ended, as the drain saw it. */
export type AttemptResult =
  | SendOutcome
  /** Stopped by us before the wire. */
  | { readonly kind: 'WITHDRAWN' }
  /** The file of the message could not be uploaded. */
  | { readonly kind: 'UPLOAD_FAILED'; readonly retryable: boolean; readonly detail: string };

export type Settlement =
  | { readonly kind: 'SENT'; readonly at: Date }
  | { readonly kind: 'FAILED'; readonly code: FailureCode; readonly detail: string | null }
  /** Once more, at the earliest in `afterMs`. */
  | { readonly kind: 'AGAIN'; readonly afterMs: number };

/** What earlier tries of a message came to. */
export interface AttemptTally {
  readonly failures: number;
  readonly interruptions: number;
}

/** The outcome that is recorded for a try. */
export function attemptOutcome(result: AttemptResult, connected: boolean): AttemptOutcome {
  switch (result.kind) {
    case 'ACKED':
    case 'REFUSED':
    case 'NOT_ON_WHATSAPP':
    case 'WITHDRAWN':
      return result.kind;
    case 'UNANSWERED':
      return connected ? 'UNANSWERED' : 'DISCONNECTED';
    case 'NOT_WRITTEN':
    case 'UPLOAD_FAILED':
      return connected || !result.retryable ? 'NOT_WRITTEN' : 'DISCONNECTED';
  }
}

/** Counts what was recorded, the try that is being settled included. */
export function tally(outcomes: readonly AttemptOutcome[]): AttemptTally {
  const count = (...kinds: readonly AttemptOutcome[]) =>
    outcomes.filter((outcome) => kinds.includes(outcome)).length;
  return {
    failures: count('UNANSWERED', 'NOT_WRITTEN'),
    interruptions: count('DISCONNECTED', 'ABANDONED'),
  };
}

/** What is known beside the result of a try. */
export interface AttemptCircumstances {
  readonly tries: AttemptTally;
  readonly connected: boolean;
  /** What the caller of the message asked for; null: as usual. */
  readonly retry: { readonly maxAttempts: number | null; readonly intervalMs: number | null };
  /** Gives [0, 1). */
  readonly random: () => number;
}

/** WhatsApp does not let the number start new chats for now. Trying again counts as another one and makes it worse. */
export function isReachoutRefusal(result: AttemptResult): boolean {
  return result.kind === 'REFUSED' && result.code === REACHOUT_LOCK;
}

/** What becomes of a message after a try. */
export function settle(result: AttemptResult, circumstances: AttemptCircumstances): Settlement {
  switch (result.kind) {
    case 'ACKED':
      return { kind: 'SENT', at: result.at };
    case 'REFUSED':
      return refusal(result.code);
    case 'NOT_ON_WHATSAPP':
      return { kind: 'FAILED', code: 'RECIPIENT_NOT_ON_WHATSAPP', detail: null };
    case 'WITHDRAWN':
      return { kind: 'AGAIN', afterMs: 0 };
    case 'UNANSWERED':
      return again(circumstances, {
        code: 'ATTEMPTS_EXHAUSTED',
        detail: 'WhatsApp did not answer',
      });
    case 'NOT_WRITTEN': {
      const failure = { code: 'ATTEMPTS_EXHAUSTED', detail: result.detail } as const;
      if (result.retryable) return again(circumstances, failure);
      return { kind: 'FAILED', code: 'CONTENT_UNUSABLE', detail: result.detail };
    }
    case 'UPLOAD_FAILED': {
      const failure = { code: 'MEDIA_UPLOAD_FAILED', detail: result.detail } as const;
      return result.retryable ? again(circumstances, failure) : { kind: 'FAILED', ...failure };
    }
  }
}

/** What becomes of a message whose process ended, or gave its device up, in the middle of a try. */
export function afterAbandon(found: {
  readonly crashes: number;
  readonly interruptions: number;
}): Settlement {
  const { crashes, interruptions } = found;
  if (crashes >= MAX_CRASHES) {
    const detail = `${crashes} processes ended while they prepared it and nothing else`;
    return { kind: 'FAILED', code: 'POISON_PAYLOAD', detail };
  }
  if (interruptions >= MAX_INTERRUPTIONS) {
    return { kind: 'FAILED', code: 'ATTEMPTS_EXHAUSTED', detail: `${interruptions} tries were interrupted` };
  }
  return { kind: 'AGAIN', afterMs: 0 };
}

/** WhatsApp's own error code of a message that it does not take. */
export function refusal(code: number): Extract<Settlement, { kind: 'FAILED' }> {
  const detail = `WhatsApp refused it with code ${code}`;
  return { kind: 'FAILED', code: code === REACHOUT_LOCK ? 'ACCOUNT_RESTRICTED' : 'SERVER_REJECTED', detail };
}

function again(
  { tries, connected, retry, random }: AttemptCircumstances,
  failure: { readonly code: FailureCode; readonly detail: string },
): Settlement {
  if (tries.failures >= (retry.maxAttempts ?? MAX_ATTEMPTS) || tries.interruptions >= MAX_INTERRUPTIONS) {
    return { kind: 'FAILED', ...failure };
  }
  // A lost connection comes back with a back-off of its own.
  const afterMs = retry.intervalMs ?? backOffMs(tries.failures, random);
  return { kind: 'AGAIN', afterMs: connected ? afterMs : 0 };
}

function backOffMs(failures: number, random: () => number): number {
  const step = BACK_OFF_MS[Math.min(failures, BACK_OFF_MS.length) - 1] ?? BACK_OFF_MS[0];
  return Math.round(step * (1 - JITTER + 2 * JITTER * random()));
}

import type { AppError } from '../../../kernel/errors.js';

export const MAX_MEDIA_ATTEMPTS = 5;

const RETRY_MS = [5_000, 15_000, 60_000, 180_000] as const;
/** Answers of a web server that may be another one in a minute. */
const PASSING_STATUSES: ReadonlySet<number> = new Set([408, 425, 429]);

/** How long to wait after try number `attempt`, from 1. */
export function retryDelayMs(attempt: number): number {
  return RETRY_MS[Math.min(attempt, RETRY_MS.length) - 1] ?? RETRY_MS[0];
}

/** Whether trying again is pointless: a wrong file, or a server that says the file is not there. */
export function isPermanent(error: AppError): boolean {
  const { status } = error.data;
  const refused = typeof status === 'number' && status >= 400 && status < 500;
  return !error.retryable || (refused && !PASSING_STATUSES.has(status));
}

export function storageKeyOf(message: { readonly subaccountId: string; readonly id: string }): string {
  return `${message.subaccountId}/${message.id}`;
}

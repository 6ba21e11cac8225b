import { AppError, kernelErrors } from '../../kernel/errors.js';

/** SQLSTATEs of a server that is out of reach, full, going away, or too slow to answer. */
const UNAVAILABLE = /^(?:08...|53...|57P0[1-5]|57014|25P03)$/;
/** Serialization failure and deadlock: the same work may succeed when it is run again. */
const RETRYABLE: readonly string[] = ['40001', '40P01'];
/** System errors of a socket; the same codes from a file are somebody else's. */
const SOCKET_CALLS: readonly string[] = ['connect', 'read', 'write', 'getaddrinfo'];
const CONNECTION_LOST =
  /^(?:Connection terminated|timeout exceeded when trying to connect|Query read timeout)/;

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

export function isRetryable(error: unknown): boolean {
  return RETRYABLE.includes(codeOf(error));
}

/** DATABASE_UNAVAILABLE for an error that says so, any other error as it is. */
export function translateDatabaseError(error: unknown): unknown {
  return isUnavailable(error) ? kernelErrors.DATABASE_UNAVAILABLE({ cause: error }) : error;
}

/** Whether it is the database that does not answer; the same work may succeed later. */
export function isDatabaseAway(error: unknown): boolean {
  const translated = translateDatabaseError(error);
  return translated instanceof AppError && translated.kind === 'UNAVAILABLE';
}

function isUnavailable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  // A host with several addresses fails with an AggregateError of one error for each.
  if (error instanceof AggregateError) return error.errors.some(isUnavailable);
  const call = 'syscall' in error && typeof error.syscall === 'string' ? error.syscall : '';
  return (
    SOCKET_CALLS.includes(call) || UNAVAILABLE.test(codeOf(error)) || CONNECTION_LOST.test(error.message)
  );
}

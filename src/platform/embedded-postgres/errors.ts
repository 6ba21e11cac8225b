type EmbeddedPostgresReason =
  'ALREADY_RUNNING' | 'FOLDER_UNREACHABLE' | 'NO_ACCOUNT' | 'START_FAILED' | 'UNSUPPORTED_PLATFORM';

/** Why the embedded PostgreSQL cannot be had; the message says what to do. Read by an operator, never by an API caller. */
export class EmbeddedPostgresError extends Error {
  readonly reason: EmbeddedPostgresReason;

  constructor(reason: EmbeddedPostgresReason, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'EmbeddedPostgresError';
    this.reason = reason;
  }
}

/** The `code` of a Node.js or PostgreSQL error. */
export function errorCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

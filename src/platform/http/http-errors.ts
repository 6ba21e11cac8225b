import { AppError, defineErrors } from '../../kernel/errors.js';
import { translateDatabaseError } from '../database/database-errors.js';

export const httpErrors = defineErrors({
  BODY_TOO_LARGE: { kind: 'BAD_USER_INPUT', message: 'The request body is too large.' },
  BODY_NOT_JSON: { kind: 'BAD_USER_INPUT', message: 'The request body is not valid JSON.' },
  CONTENT_TYPE_UNSUPPORTED: {
    kind: 'BAD_USER_INPUT',
    message: 'Send the body as application/json.',
  },
  REQUEST_MALFORMED: { kind: 'BAD_USER_INPUT', message: 'The request is malformed.' },
  ROUTE_NOT_FOUND: { kind: 'NOT_FOUND', message: 'There is nothing at this address.' },
});

type Reason = keyof typeof httpErrors;

/** What the HTTP server itself refuses before any code of ours runs. */
const FASTIFY_REASONS: Readonly<Record<string, Reason>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'BODY_TOO_LARGE',
  FST_ERR_CTP_INVALID_JSON_BODY: 'BODY_NOT_JSON',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'BODY_NOT_JSON',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'CONTENT_TYPE_UNSUPPORTED',
};

interface HttpRefusal {
  readonly status: number;
  readonly error: AppError;
}

/** The refusal that an error means, or null for an error that nobody outside may read. */
export function refusalOf(error: unknown): HttpRefusal | null {
  const known = translateDatabaseError(error);
  if (known instanceof AppError) {
    return known.kind === 'INTERNAL_SERVER_ERROR' ? null : { status: known.httpStatus, error: known };
  }
  if (!(error instanceof Error)) return null;
  const status = 'statusCode' in error && typeof error.statusCode === 'number' ? error.statusCode : 500;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (status < 400 || status >= 500) return null;
  return { status, error: httpErrors[FASTIFY_REASONS[code] ?? 'REQUEST_MALFORMED']({ cause: error }) };
}

import { GraphQLError } from 'graphql';
import type { GraphQLFormattedError } from 'graphql';
import { AppError, ERROR_KINDS } from '../kernel/errors.js';
import type { FieldError } from '../kernel/errors.js';
import { translateDatabaseError } from '../platform/database/database-errors.js';
import type { Logger } from '../platform/logging/logger.js';
import { inputPathOf } from './document-path.js';
import { graphqlErrors } from './errors.js';

export interface ErrorDoor {
  readonly requestId: string;
  /** Whether the caller may learn about the schema: "Did you mean …?". */
  readonly isAuthenticated: boolean;
  readonly logger: Logger;
}

/** Codes of the GraphQL ecosystem that stay as they are, with our reason for each. */
const STANDARD_CODES: Readonly<Record<string, string>> = {
  GRAPHQL_PARSE_FAILED: 'SYNTAX_ERROR',
  GRAPHQL_VALIDATION_FAILED: 'OPERATION_INVALID',
  OPERATION_RESOLUTION_FAILURE: 'OPERATION_INVALID',
  BAD_REQUEST: 'REQUEST_INVALID',
  BAD_USER_INPUT: 'INVALID_INPUT',
};
const SUGGESTION = / ?Did you mean [^?]*\?/g;
const TOKEN_LIMIT = /^Syntax Error: Document contains more tha[nt] \d+ tokens/;

/** The one table of the GraphQL doors, HTTP and websocket: whatever was thrown → what the caller reads. */
export function formatError(error: unknown, door: ErrorDoor): GraphQLFormattedError {
  const graphqlError = error instanceof GraphQLError ? error : null;
  const appError = appErrorOf(error);
  const where = {
    ...(graphqlError?.locations !== undefined && { locations: graphqlError.locations }),
    ...(graphqlError?.path !== undefined && { path: graphqlError.path }),
  };
  if (appError !== null && appError.kind !== 'INTERNAL_SERVER_ERROR') {
    if (appError.kind === 'UNAVAILABLE') logCause(appError, door);
    return { ...describe(withInputPath(appError, graphqlError), door.requestId), ...where };
  }
  if (graphqlError !== null && isRefusal(graphqlError)) {
    return { ...describeRefusal(graphqlError, door), ...where };
  }
  door.logger.error(
    { err: rootOf(error), requestId: door.requestId, path: graphqlError?.path },
    'request failed',
  );
  return { ...masked(door.requestId), ...where };
}

/** For a door that wants an exception with an HTTP status, such as Apollo's. */
export function toGraphqlError(error: unknown, status?: number): GraphQLError {
  const appError = appErrorOf(error);
  if (appError === null)
    return error instanceof GraphQLError
      ? error
      : new GraphQLError('failed', { originalError: error as Error });
  return new GraphQLError(appError.message, {
    originalError: appError,
    extensions: { http: { status: status ?? appError.httpStatus } },
  });
}

/** The error of our own at the root of `error`, if there is one. */
export function appErrorOf(error: unknown): AppError | null {
  const root = translateDatabaseError(rootOf(error));
  return root instanceof AppError ? root : null;
}

function rootOf(error: unknown): unknown {
  return error instanceof GraphQLError && error.originalError !== undefined
    ? rootOf(error.originalError)
    : error;
}

function describe(error: AppError, requestId: string): GraphQLFormattedError {
  return {
    message: error.message,
    extensions: {
      ...error.data,
      code: error.kind,
      reason: error.reason,
      retryable: error.retryable,
      requestId,
      ...(error.fields.length > 0 && { fields: error.fields }),
    },
  };
}

/** A scalar does not know the name of its field; the place of its literal in the document tells. */
function withInputPath(error: AppError, graphqlError: GraphQLError | null): AppError {
  if (graphqlError === null || error.fields.length > 0 || error.kind !== 'BAD_USER_INPUT') return error;
  const path = inputPathOf(graphqlError);
  return path === null ? error : withFields(error, [{ path, message: error.message }]);
}

export function withFields(error: AppError, fields: readonly FieldError[]): AppError {
  const message = fields.map((field) => `${field.path}: ${field.message}`).join('; ');
  return new AppError(error.kind, error.reason, { message, fields, data: error.data, cause: error.cause });
}

/** Refused by GraphQL itself before anything ran; its own text says why. Later errors of GraphQL are our mistakes. */
function isRefusal(error: GraphQLError): boolean {
  const code = error.extensions.code;
  if (typeof code === 'string') return code in STANDARD_CODES;
  return error.path === undefined && rootOf(error) instanceof GraphQLError;
}

function describeRefusal(error: GraphQLError, door: ErrorDoor): GraphQLFormattedError {
  if (TOKEN_LIMIT.test(error.message)) return describe(graphqlErrors.QUERY_TOO_LONG(), door.requestId);
  const code = typeof error.extensions.code === 'string' ? error.extensions.code : 'BAD_USER_INPUT';
  const path = code === 'GRAPHQL_VALIDATION_FAILED' ? inputPathOf(error) : null;
  const message = door.isAuthenticated ? error.message : error.message.replace(SUGGESTION, '');
  return {
    message,
    extensions: {
      code,
      reason: STANDARD_CODES[code] ?? 'REQUEST_INVALID',
      retryable: false,
      requestId: door.requestId,
      ...(path !== null && { fields: [{ path, message }] }),
    },
  };
}

function masked(requestId: string): GraphQLFormattedError {
  return {
    message: `Something went wrong on our side. Name this request when you report it: ${requestId}`,
    extensions: {
      code: 'INTERNAL_SERVER_ERROR',
      reason: 'INTERNAL',
      retryable: ERROR_KINDS.INTERNAL_SERVER_ERROR.retryable,
      requestId,
    },
  };
}

function logCause(error: AppError, door: ErrorDoor): void {
  door.logger.warn({ err: error, requestId: door.requestId }, 'request could not be served');
}

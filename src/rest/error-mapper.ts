import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { AppError } from '../kernel/errors.js';
import { httpErrors, refusalOf } from '../platform/http/http-errors.js';
import type { Logger } from '../platform/logging/logger.js';

/** How every route but GraphQL's says an error: the same words as there, and the HTTP status of the kind. */
interface ErrorBody {
  readonly error: {
    readonly code: string;
    readonly reason: string;
    readonly message: string;
    readonly retryable: boolean;
    readonly requestId: string;
    readonly fields?: AppError['fields'];
  };
}

/** Call it before routes are added. */
export function registerErrorMapper(app: FastifyInstance, logger: Logger): void {
  app.setErrorHandler((error: FastifyError, request, reply) => sendError(error, request, reply, logger));
  app.setNotFoundHandler((request, reply) => sendError(httpErrors.ROUTE_NOT_FOUND(), request, reply, logger));
}

async function sendError(
  error: Error,
  request: FastifyRequest,
  reply: FastifyReply,
  logger: Logger,
): Promise<FastifyReply> {
  const refusal = refusalOf(error);
  if (refusal === null) logger.error({ err: error, requestId: request.id }, 'request failed');
  return reply
    .code(refusal?.status ?? 500)
    .type('application/json; charset=utf-8')
    .send(refusal === null ? masked(request.id) : describe(refusal.error, request.id));
}

function describe(error: AppError, requestId: string): ErrorBody {
  return {
    error: {
      ...error.data,
      code: error.kind,
      reason: error.reason,
      message: error.message,
      retryable: error.retryable,
      requestId,
      ...(error.fields.length > 0 && { fields: error.fields }),
    },
  };
}

function masked(requestId: string): ErrorBody {
  return {
    error: {
      code: 'INTERNAL_SERVER_ERROR',
      reason: 'INTERNAL',
      message: `Something went wrong on our side. Name this request when you report it: ${requestId}`,
      retryable: false,
      requestId,
    },
  };
}

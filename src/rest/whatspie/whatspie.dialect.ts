import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { AppError } from '../../kernel/errors.js';
import type { Refusal } from '../door/refusal.js';

const TEXTS: Readonly<Record<number, string>> = {
  400: 'Invalid request',
  401: 'Unauthorized',
  402: 'Quota exhausted',
  403: 'Forbidden',
  404: 'Not found',
  413: 'Payload too large',
  415: 'Unsupported media type',
  429: 'Too many requests',
  500: 'Internal server error',
  503: 'Service unavailable',
};
/** What Whatspie says for reasons, with its own explanation where it has one. */
const BY_REASON: Readonly<Record<string, { readonly message: string; readonly error?: string }>> = {
  PACKAGE_UNKNOWN: { message: 'Invalid package type' },
  PACKAGE_NOT_SELECTABLE: { message: 'Invalid package type' },
  DEVICE_LIMIT_EXCEEDED: {
    message: 'Device limit exceeded',
    error: 'Maximum number of devices reached for your plan',
  },
  NUMBERED_DEVICE_NOT_FOUND: { message: 'Device not found' },
  NUMBERED_MESSAGE_NOT_FOUND: { message: 'Message not found' },
};
const MASKED = 'Something went wrong on our side';

/** Successes say `status`, errors say `code`. */
export const WhatspieError = z
  .object({ code: z.int(), message: z.string(), error: z.string() })
  .meta({ id: 'WhatspieError', description: 'The call was refused; `code` is the HTTP status.' });

export function speakWhatspie(
  refusal: Refusal,
  request: FastifyRequest,
): { status: number; body: z.infer<typeof WhatspieError> } {
  const { status, error } = refusal;
  const isQr = request.routeOptions.url?.endsWith('/qr') === true;
  if (isQr && (status === 409 || status >= 500)) {
    return { status: 500, body: { code: 500, message: 'QR code generation failed', error: explain(error) } };
  }
  const known = BY_REASON[error.reason];
  const message = known?.message ?? TEXTS[status] ?? 'Not possible now';
  return { status, body: { code: status, message, error: known?.error ?? explain(error) } };
}

function explain(error: AppError): string {
  return error.kind === 'INTERNAL_SERVER_ERROR' ? MASKED : error.message;
}

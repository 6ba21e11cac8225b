import { z } from 'zod';
import type { AppError } from '../../kernel/errors.js';
import type { Refusal } from '../door/refusal.js';

/** What Wagy says for each status; other texts are ours. */
const TEXTS: Readonly<Record<number, string>> = {
  400: 'Invalid JSON payload',
  401: 'Unauthorized',
  402: 'Quota exhausted',
  403: 'Forbidden',
  404: 'Device not found',
  413: 'Payload too large',
  429: 'Too many requests',
  500: 'Internal server error',
};
/** Where the service's own sentence says more than the status. */
const OWN_TEXTS = new Set([
  'ROUTE_NOT_FOUND',
  'MESSAGE_NOT_FOUND',
  'VOUCHER_UNKNOWN',
  'WEBHOOKS_NOT_INCLUDED',
  'PACKAGE_FEATURE_MISSING',
]);

/** Wagy knows one answer to all that keeps a device from sending. */
const NOT_CONNECTED = new Set([
  'DEVICE_OFFLINE',
  'DEVICE_NOT_PAIRED',
  'DEVICE_LOGGED_OUT',
  'DEVICE_REJECTED',
  'DEVICE_BANNED',
  'DEVICE_SUSPENDED',
  'SUBACCOUNT_SUSPENDED',
]);

/** Wagy's names for what the services call otherwise. */
const FIELDS: Readonly<Record<string, string>> = {
  to: 'phone',
  text: 'message',
  media: 'media_url',
  'media.url': 'media_url',
  'media.type': 'media_type',
  expiresInSeconds: 'expires_in',
  expiresAt: 'expires_at',
  retryIntervalSeconds: 'retry_interval',
};

export const WagyError = z
  .object({
    status: z.literal('error'),
    message: z.string(),
    data: z
      .record(z.string(), z.unknown())
      .optional()
      .meta({ description: 'Facts, such as which quota is used up.' }),
    errors: z
      .array(z.object({ field: z.string(), message: z.string() }))
      .optional()
      .meta({ description: 'What is wrong with which field.' }),
  })
  .meta({ id: 'WagyError', description: 'The call was refused.' });

export function speakWagy({ status, error }: Refusal): { status: number; body: z.infer<typeof WagyError> } {
  if (NOT_CONNECTED.has(error.reason)) return say(503, 'Device not connected', error);
  // All that is no JSON is malformed alike: Wagy has no 415.
  if (error.kind === 'BAD_USER_INPUT' && status !== 413) return say(400, TEXTS[400] ?? '', error);
  return say(status, OWN_TEXTS.has(error.reason) ? error.message : (TEXTS[status] ?? error.message), error);
}

function say(status: number, message: string, error: AppError) {
  const data = Object.fromEntries(
    Object.entries(error.data).map(([name, value]) => [snakeCase(name), value]),
  );
  const errors = error.fields.map(({ path, message: problem }) => ({
    field: fieldOf(path),
    message: problem,
  }));
  return {
    status,
    body: {
      status: 'error' as const,
      message,
      ...(Object.keys(data).length > 0 && { data }),
      ...(errors.length > 0 && { errors }),
    },
  };
}

function fieldOf(path: string): string {
  const name = path.replace(/^input\./, '');
  return FIELDS[name] ?? name;
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

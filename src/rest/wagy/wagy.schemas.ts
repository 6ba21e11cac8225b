import { z } from 'zod';
import { rfc3339 } from '../door/door-words.js';
import { WAGY_MESSAGE_STATUSES, WAGY_STATUSES } from './wagy.status.js';

/** `{ status, data, message }`, as Wagy answers. */
export function success<T extends z.ZodType>(data: T, message: string) {
  return z.object({ status: z.literal('success'), data, message: z.string() }).meta({ description: message });
}

export const DevicePath = z.object({
  device_id: z.string().meta({ description: 'The Device ID, `dev_…`.' }),
});
export const MessagePath = DevicePath.extend({
  message_id: z.coerce.number().int().min(1).max(Number.MAX_SAFE_INTEGER),
});

export const NewDevice = z.object({ label: z.string().meta({ description: 'What to call the device.' }) });

export const DeviceView = z
  .object({
    device_id: z.string(),
    label: z.string(),
    phone: z.string().nullable(),
    status: z.enum(WAGY_STATUSES),
    created_at: z.string(),
  })
  .meta({ id: 'WagyDevice' });

export const TokenView = z.object({
  device_id: z.string(),
  label: z.string(),
  api_token: z.string().meta({ description: 'Shown this once.' }),
});

export const QrView = z.object({
  status: z.enum(WAGY_STATUSES),
  qr: z.string().nullable().meta({ description: 'Data URL of a PNG; null when a number is paired already.' }),
  qr_url: z.string().nullable().meta({ description: 'Where the same PNG is while it can be scanned.' }),
  expires_at: z.string().nullable(),
});

const seconds = (about: string) => z.int().min(0).max(86_400).nullish().meta({ description: about });

/** `expires_in` is judged only when `expires_at` does not decide. */
export const SendBody = z
  .object({
    phone: z.string().meta({ description: 'Target number in international format, such as 628123456789.' }),
    message: z.string().meta({ description: 'The text, or the caption of the file.' }),
    media_url: z.string().nullish().meta({ description: 'Public URL of a file to send.' }),
    media_type: z.enum(['image', 'video', 'audio', 'document']).nullish().meta({
      description: 'Default: as the file says. Audio with a message goes as a document with a caption.',
    }),
    retry_interval: seconds('Seconds between attempts after the first failed; 0 or none: as usual.'),
    expires_in: z
      .unknown()
      .optional()
      .meta({ type: 'integer', minimum: 1, description: 'Seconds after which it is not sent any more.' }),
    expires_at: rfc3339()
      .nullish()
      .meta({ description: 'Time after which it is not sent any more. Wins over expires_in.' }),
  })
  .transform(({ expires_in, expires_at, ...body }, issues) => {
    if (expires_at != null) return { ...body, expires_at, expires_in: null };
    const parsed = z.int().min(1).nullish().safeParse(expires_in);
    if (!parsed.success) {
      issues.addIssue({
        code: 'custom',
        path: ['expires_in'],
        message: 'must be a whole number of seconds from 1',
      });
      return z.NEVER;
    }
    return { ...body, expires_at: null, expires_in: parsed.data ?? null };
  });

export const QueuedMessage = z.object({
  message_id: z.int(),
  status: z.enum(WAGY_MESSAGE_STATUSES),
  quota_type: z.enum(['pro', 'free']),
  remaining: z.int().meta({ description: 'What is left of that quota after this message; -1: unlimited.' }),
});

export const MessageView = z
  .object({
    message_id: z.int(),
    phone: z.string().nullable(),
    message: z.string().nullable(),
    type: z.string(),
    status: z.enum(WAGY_MESSAGE_STATUSES),
    failed_reason: z.string().nullable(),
    created_at: z.string(),
    expires_at: z.string().nullable(),
    sent_at: z.string().nullable(),
    delivered_at: z.string().nullable(),
    read_at: z.string().nullable(),
  })
  .meta({ id: 'WagyMessage' });

const day = z.union([z.iso.date(), rfc3339()]);

export const MessageFilters = z.object({
  status: z.enum(WAGY_MESSAGE_STATUSES).optional(),
  phone: z.string().optional().meta({ description: 'Messages to this number.' }),
  from: day.optional().meta({ description: 'Created at this time or later: a time, or a day in UTC.' }),
  to: day.optional().meta({ description: 'Created before this time, or on this day in UTC at the latest.' }),
});
export const MessagesQuery = MessageFilters.extend({
  limit: z.coerce.number().int().min(1).max(100).default(20),
  cursor: z.string().optional().meta({ description: '`next_cursor` of the page before.' }),
});

export const MessagesPage = z
  .object({
    status: z.literal('success'),
    data: z.array(MessageView),
    next_cursor: z.string().nullable(),
    message: z.string(),
  })
  .meta({ description: 'Messages, newest first.' });

const count = () => z.int().meta({ description: '-1: unlimited.' });

export const QuotaView = z
  .object({
    free: z.object({
      monthly_limit: count(),
      used: z.int(),
      remaining: count(),
      resets_at: z
        .string()
        .nullable()
        .meta({ description: "Begin of the next month, in the subaccount's time zone." }),
    }),
    pro: z.object({
      total: z.int(),
      used: z.int(),
      remaining: z.int(),
      expires_at: z.string().nullable().meta({ description: 'When the voucher that pays now expires.' }),
    }),
  })
  .meta({ id: 'WagyQuota' });

export const VoucherCode = z.object({ code: z.string().trim().min(1) });

export const NewWebhook = z.object({ url: z.string().nullable() });
export const WebhookView = z.object({
  url: z.string().nullable(),
  secret: z.string().optional().meta({ description: 'Shown this once.' }),
});

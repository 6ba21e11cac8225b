import { z } from 'zod';
import { PAIRED_STATUSES, WHATSPIE_MESSAGE_STATUSES } from './whatspie.status.js';

/** `{ status, message, data }`, as Whatspie answers. */
export function success<T extends z.ZodType>(data: T, description = 'OK') {
  return z.object({ status: z.literal(200), message: z.literal('OK'), data }).meta({ description });
}

export const IdPath = z.object({ id: z.string().meta({ description: 'The integer id.' }) });

export const NewDevice = z.object({
  package: z.string().meta({ description: 'Package code, such as STARTUP240K.' }),
  name: z.string().meta({ description: 'Display name of the device.' }),
});

export const DeviceView = z
  .object({
    id: z.int(),
    phone: z.string(),
    webhook_url: z.string(),
    status: z.enum(['ACTIVE', 'SUSPENDED']),
    version: z.literal('multidevice'),
    paired_status: z.enum(PAIRED_STATUSES),
    created_at: z.string(),
    updated_at: z.string(),
    server: z
      .object({ name: z.string(), status: z.enum(['ACTIVE', 'INACTIVE']) })
      .meta({ description: 'The process that holds the device.' }),
    package: z.object({ code: z.string(), name: z.string() }),
    subscription: z.object({
      quote_available: z.string().meta({ description: 'Messages left; "-1": unlimited.' }),
      quote_used: z.string().meta({ description: 'Messages of this month.' }),
    }),
  })
  .meta({ id: 'WhatspieDevice' });

export const QrQuery = z.object({
  response_type: z.string().optional().meta({
    description: '`url`: the address of a PNG instead of a data URL; it lives as long as the QR code.',
  }),
});
export const QrAnswer = z.union([
  success(z.object({ qr: z.string() })),
  z.object({ code: z.literal(200), message: z.literal('Device connected') }),
]);

export const PackageView = z.object({ id: z.int(), code: z.string(), name: z.string() });

export const NewMessage = z.object({
  device: z
    .union([z.string(), z.int().positive()])
    .meta({ description: 'The phone number of the device, or its integer id.' }),
  receiver: z.string().meta({ description: 'Target number in international format.' }),
  type: z.literal('chat'),
  params: z.object({ text: z.string() }),
  simulate_typing: z
    .union([z.literal(0), z.literal(1)])
    .optional()
    .meta({
      description: 'Whether a device types is its own send policy; this is accepted for compatibility.',
    }),
});

export const MessageView = z
  .object({
    id: z.int(),
    device: z.string(),
    receiver: z.string(),
    type: z.string(),
    params: z.object({ text: z.string().nullable() }),
    status: z.enum(WHATSPIE_MESSAGE_STATUSES),
    retry: z.int().meta({ description: 'Attempts after the first.' }),
    failed_reason: z.string().nullable(),
    wa_id: z.string().nullable(),
    created_at: z.string(),
    updated_at: z.string(),
  })
  .meta({ id: 'WhatspieMessage' });

import { z } from 'zod';
import { ALL_REQUIRED } from './wapiz.dialect.js';
import { WAPIZ_STATUSES } from './wapiz.status.js';

const MIN_PASSWORD_LENGTH = 8;

const required = () => z.string(ALL_REQUIRED).trim().min(1, ALL_REQUIRED);

export const Registration = z.object(
  {
    name: required(),
    email: required().pipe(z.email('Email tidak valid')),
    password: z
      .string(ALL_REQUIRED)
      .min(1, ALL_REQUIRED)
      .min(MIN_PASSWORD_LENGTH, 'Password minimal 8 karakter'),
  },
  ALL_REQUIRED,
);
export const Credentials = z.object(
  { email: required(), password: z.string(ALL_REQUIRED).min(1, ALL_REQUIRED) },
  ALL_REQUIRED,
);

export const Account = z
  .object({
    id: z.string(),
    name: z.string(),
    email: z.string(),
    subscription: z.object({
      status: z.literal('active'),
      expiresAt: z.string().nullable(),
      plan: z.object({ name: z.string(), slug: z.string() }),
    }),
  })
  .meta({ id: 'WapizAccount' });

export const Ok = z.object({ ok: z.literal(true) });

export const DevicePath = z.object({ id: z.string().meta({ description: '`id` of the device.' }) });

export const NewDevice = z
  .object({ label: z.string().trim().nullish().meta({ description: 'Default: Device Baru.' }) })
  .nullish();

export const DeviceView = z
  .object({
    id: z.string(),
    userId: z.string(),
    deviceId: z.string(),
    label: z.string(),
    webhookUrl: z.string().nullable(),
    createdAt: z.string(),
  })
  .meta({ id: 'WapizDevice' });

export const StatusView = z.object({
  connected: z.boolean(),
  loggedIn: z.boolean(),
  status: z.enum(WAPIZ_STATUSES),
});

export const NoQr = z
  .object({ status: z.enum(WAPIZ_STATUSES) })
  .meta({ description: 'A number is linked already.' });

export const NewWebhook = z.object({
  webhookUrl: z.string().nullable().meta({ description: 'null or empty removes it.' }),
});
export const WebhookView = z.object({ ok: z.literal(true), webhookUrl: z.string().nullable() });

export const NewMessage = z.object({
  deviceId: z.string().meta({ description: '`deviceId` of the device; its `id` will do as well.' }),
  to: z.string().meta({ description: 'Target number in international format.' }),
  message: z.string(),
});
export const MessageView = z.object({ id: z.string(), deviceId: z.string(), status: z.string() });

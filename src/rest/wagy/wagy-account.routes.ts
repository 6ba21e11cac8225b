import type { DeviceQuota } from '../../modules/billing/index.js';
import { getSendingDevice } from '../../modules/device/index.js';
import type { DoorApp } from '../door/door.js';
import type { DoorServices } from '../door/door-services.js';
import { refusals } from '../door/door-words.js';
import { WagyError } from './wagy.dialect.js';
import { DevicePath, NewWebhook, QuotaView, success, VoucherCode, WebhookView } from './wagy.schemas.js';

const tags = ['Wagy'];

/** Quota, vouchers, and the webhook that comes with them. */
export function declareAccountRoutes(app: DoorApp, services: DoorServices): void {
  const { quotas, vouchers } = services;

  app.get('/:device_id/quota', {
    config: { access: 'device:read' },
    schema: {
      tags,
      summary: 'Read the quota',
      params: DevicePath,
      response: { 200: success(QuotaView, 'OK'), ...refusals(WagyError, 401, 404) },
    },
    handler: async ({ caller, device }) => quotaAnswer(await quotas.quotaOf(caller, device), 'OK'),
  });

  app.post('/:device_id/voucher', {
    config: { access: 'voucher:redeem' },
    schema: {
      tags,
      summary: 'Redeem a voucher',
      description: 'Needs an API key of the subaccount. A device redeems a voucher once.',
      params: DevicePath,
      body: VoucherCode,
      response: {
        200: success(QuotaView, 'Voucher redeemed'),
        ...refusals(WagyError, 400, 401, 403, 404, 409),
      },
    },
    handler: async ({ caller, device, body }) => {
      await vouchers.redeem(caller, body.code, (tx) => getSendingDevice(tx, device.id));
      return quotaAnswer(await quotas.quotaOf(caller, device), 'Voucher redeemed');
    },
  });

  declareWebhook(app, services);
}

function declareWebhook(app: DoorApp, { deviceWebhooks }: DoorServices): void {
  app.get('/:device_id/webhook', {
    config: { access: 'webhook:read' },
    schema: {
      tags,
      summary: 'Read the webhook',
      params: DevicePath,
      response: { 200: success(WebhookView, 'OK'), ...refusals(WagyError, 401, 403, 404) },
    },
    handler: async ({ caller, device }) => {
      const [webhook] = await deviceWebhooks.findDeviceWebhooks(caller, [device.id]);
      return { status: 'success' as const, data: { url: webhook?.url ?? null }, message: 'OK' };
    },
  });

  app.put('/:device_id/webhook', {
    config: { access: 'webhook:create' },
    schema: {
      tags,
      summary: 'Set the webhook',
      description:
        'Needs an API key of the subaccount. The URL must answer `GET ?challenge=…` with that text; then the secret for `X-Wagy-Signature` is shown, once. null or an empty URL removes it.',
      params: DevicePath,
      body: NewWebhook,
      response: { 200: success(WebhookView, 'Webhook set'), ...refusals(WagyError, 400, 401, 403, 404) },
    },
    handler: async ({ caller, device, body }) => {
      const { endpoint, secret } = await deviceWebhooks.setDeviceWebhook(caller, {
        deviceId: device.id,
        url: body.url,
        dialect: 'WAGY',
        path: 'url',
      });
      const message = endpoint === null ? 'Webhook removed' : 'Webhook set';
      const data = { url: endpoint?.url ?? null, ...(secret !== null && { secret }) };
      return { status: 'success' as const, data, message };
    },
  });
}

const UNLIMITED = -1;

function quotaAnswer({ free, pro }: DeviceQuota, message: string) {
  const data = {
    free: {
      monthly_limit: free.monthlyLimit ?? UNLIMITED,
      used: free.used,
      remaining: free.remaining ?? UNLIMITED,
      resets_at: free.resetsAt?.toISOString() ?? null,
    },
    pro: {
      total: pro.total,
      used: pro.used,
      remaining: pro.remaining,
      expires_at: pro.expiresAt?.toISOString() ?? null,
    },
  };
  return { status: 'success' as const, data, message };
}

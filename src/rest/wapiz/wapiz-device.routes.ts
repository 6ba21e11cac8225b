import { z } from 'zod';
import type { Context } from '../../kernel/context.js';
import { qrPicture } from '../../modules/device/index.js';
import type { Device } from '../../modules/device/index.js';
import type { DoorApp } from '../door/door.js';
import type { DoorServices } from '../door/door-services.js';
import { fileOf, refusals, subaccountOf } from '../door/door-words.js';
import { userOf } from './wapiz-accounts.js';
import { WapizError } from './wapiz.dialect.js';
import {
  DevicePath,
  DeviceView,
  NewDevice,
  NewWebhook,
  NoQr,
  Ok,
  StatusView,
  WebhookView,
} from './wapiz.schemas.js';
import { WAPIZ_STATUS } from './wapiz.status.js';

const tags = ['WAPIZ'];
const DEFAULT_LABEL = 'Device Baru';

export function declareDeviceRoutes(app: DoorApp, services: DoorServices): void {
  declareList(app, services);
  declareConnection(app, services);

  app.patch('/api/devices/:id/webhook', {
    config: { access: 'webhook:create' },
    schema: {
      tags,
      summary: 'Set or remove the webhook',
      params: DevicePath,
      body: NewWebhook,
      response: { 200: WebhookView, ...refusals(WapizError, 400, 401, 403, 404) },
    },
    handler: async ({ caller, device, body }) => {
      const { endpoint } = await services.deviceWebhooks.setDeviceWebhook(caller, {
        deviceId: device.id,
        url: body.webhookUrl,
        dialect: 'WAPIZ',
        path: 'webhookUrl',
      });
      return { ok: true as const, webhookUrl: endpoint?.url ?? null };
    },
  });
}

function declareList(app: DoorApp, { devices, deviceReader, deviceWebhooks }: DoorServices): void {
  app.get('/api/devices', {
    config: { access: 'device:read' },
    schema: {
      tags,
      summary: 'List devices',
      response: { 200: z.array(DeviceView), ...refusals(WapizError, 401, 403) },
    },
    handler: async ({ caller }) => {
      const found = await deviceReader.listAll(caller, subaccountOf(caller));
      const webhooks = await deviceWebhooks.findDeviceWebhooks(
        caller,
        found.map(({ id }) => id),
      );
      return found.map((device) => {
        const webhook = webhooks.find(({ deviceId }) => deviceId === device.id);
        return deviceView(caller, device, webhook?.url ?? null);
      });
    },
  });

  app.post('/api/devices', {
    config: { access: 'device:create' },
    schema: {
      tags,
      summary: 'Add a device',
      body: NewDevice,
      response: { 201: DeviceView, ...refusals(WapizError, 400, 401, 403) },
    },
    handler: async ({ caller, body }, reply) => {
      const label = body?.label == null || body.label === '' ? DEFAULT_LABEL : body.label;
      const { device } = await devices.create(caller, { subaccountId: subaccountOf(caller), label });
      void reply.code(201);
      return deviceView(caller, device, null);
    },
  });

  app.delete('/api/devices/:id', {
    config: { access: 'device:delete' },
    schema: {
      tags,
      summary: 'Delete a device and disconnect it from WhatsApp',
      params: DevicePath,
      response: { 200: Ok, ...refusals(WapizError, 401, 403, 404) },
    },
    handler: async ({ caller, device }) => {
      await devices.delete(caller, device.id);
      return { ok: true as const };
    },
  });
}

function declareConnection(app: DoorApp, { qrOffers }: DoorServices): void {
  app.get('/api/devices/:id/status', {
    config: { access: 'device:read' },
    schema: {
      tags,
      summary: 'Connection status',
      params: DevicePath,
      response: { 200: StatusView, ...refusals(WapizError, 401, 404) },
    },
    handler: ({ device }) => Promise.resolve(WAPIZ_STATUS[device.status]),
  });

  app.get('/api/devices/:id/qr', {
    config: { access: 'device:pair' },
    schema: {
      tags,
      summary: 'QR code',
      description:
        'A PNG while there is something to scan, JSON once a number is linked. Ask again every 3 to 5 s; a code lives about 20 s.',
      params: DevicePath,
      response: {
        200: {
          description: 'The QR code, or that there is none to scan.',
          content: { ...fileOf('image/png'), 'application/json': { schema: NoQr } },
        },
        ...refusals(WapizError, 401, 403, 404, 409, 429, 503),
      },
    },
    handler: async ({ caller, device }, reply) => {
      const offer = await qrOffers.get(caller, device.id);
      if (offer.kind === 'LINKED') {
        void reply.type('application/json; charset=utf-8');
        return { status: WAPIZ_STATUS[device.status].status };
      }
      void reply.type('image/png').header('x-qr-expires-at', offer.expiresAt.toISOString());
      return qrPicture(offer.qr);
    },
  });
}

function deviceView(caller: Context, device: Device, webhookUrl: string | null): z.infer<typeof DeviceView> {
  return {
    id: device.id,
    userId: userOf(caller),
    deviceId: device.sendingId,
    label: device.label,
    webhookUrl,
    createdAt: device.createdAt.toISOString(),
  };
}

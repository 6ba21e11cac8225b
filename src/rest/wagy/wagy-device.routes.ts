import { z } from 'zod';
import { toPublicId } from '../../kernel/ids.js';
import { qrImage } from '../../modules/device/index.js';
import type { DoorApp } from '../door/door.js';
import type { DoorServices } from '../door/door-services.js';
import { refusals, subaccountOf } from '../door/door-words.js';
import { WagyError } from './wagy.dialect.js';
import { DevicePath, DeviceView, NewDevice, QrView, success, TokenView } from './wagy.schemas.js';
import { deviceView } from './wagy.views.js';
import { WAGY_STATUS } from './wagy.status.js';

const tags = ['Wagy'];

export function declareDeviceRoutes(app: DoorApp, services: DoorServices): void {
  const { devices, deviceReader, deviceTokens } = services;

  app.post('/devices', {
    config: { access: 'device:create' },
    schema: {
      tags,
      summary: 'Create a device',
      description: 'Needs an API key of the subaccount. The API token is in this answer and in no other.',
      body: NewDevice,
      response: { 200: success(TokenView, 'Device created'), ...refusals(WagyError, 400, 401, 403) },
    },
    handler: async ({ caller, body }) => {
      const created = await devices.create(caller, { subaccountId: subaccountOf(caller), label: body.label });
      return tokenAnswer(created, 'Device created');
    },
  });

  app.get('/devices', {
    config: { access: 'device:read' },
    schema: {
      tags,
      summary: 'List devices',
      response: { 200: success(z.array(DeviceView), 'OK'), ...refusals(WagyError, 401, 403) },
    },
    handler: async ({ caller }) => {
      const found = await deviceReader.listAll(caller, subaccountOf(caller));
      return { status: 'success' as const, data: found.map(deviceView), message: 'OK' };
    },
  });

  app.get('/:device_id', {
    config: { access: 'device:read' },
    schema: {
      tags,
      summary: 'Read a device',
      params: DevicePath,
      response: { 200: success(DeviceView, 'OK'), ...refusals(WagyError, 401, 404) },
    },
    handler: async ({ device }) => ({
      status: 'success' as const,
      data: deviceView(device),
      message: 'OK',
    }),
  });

  app.post('/:device_id/token', {
    config: { access: 'device:regenerate_token' },
    schema: {
      tags,
      summary: 'Regenerate the API token',
      description: 'Needs an API key of the subaccount. The token before stops at once.',
      params: DevicePath,
      response: { 200: success(TokenView, 'Token regenerated'), ...refusals(WagyError, 401, 403, 404) },
    },
    handler: async ({ caller, device }) =>
      tokenAnswer(await deviceTokens.regenerate(caller, device.id, 0), 'Token regenerated'),
  });

  declareQr(app, services);
}

function declareQr(app: DoorApp, { devices, qrOffers, qrLinks }: DoorServices): void {
  app.get('/:device_id/qr', {
    config: { access: 'device:pair' },
    schema: {
      tags,
      summary: 'Pair WhatsApp',
      description:
        'Needs an API key of the subaccount. Starts a pairing when none runs, and shows its current QR code; ask again every 3 to 5 s, a code lives about 20 s.',
      params: DevicePath,
      response: { 200: success(QrView, 'Scan the QR code'), ...refusals(WagyError, 401, 403, 404, 503) },
    },
    handler: async ({ caller, device: { id } }) => {
      const offer = await qrOffers.get(caller, id);
      const device = await devices.get(caller, id);
      const status = WAGY_STATUS[device.status];
      if (offer.kind === 'LINKED') {
        const data = { status, qr: null, qr_url: null, expires_at: null };
        return { status: 'success' as const, data, message: 'Device already paired' };
      }
      const { qr, expiresAt } = offer;
      const data = {
        status,
        qr: await qrImage(qr),
        qr_url: qrLinks.urlOf(device, expiresAt),
        expires_at: expiresAt.toISOString(),
      };
      return { status: 'success' as const, data, message: 'Scan the QR code' };
    },
  });
}

function tokenAnswer(
  {
    device,
    token,
  }: { readonly device: { readonly id: string; readonly label: string }; readonly token: string },
  message: string,
) {
  const data = { device_id: toPublicId('Device', device.id), label: device.label, api_token: token };
  return { status: 'success' as const, data, message };
}

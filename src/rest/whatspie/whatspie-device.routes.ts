import { z } from 'zod';
import { MAX_PAGE_SIZE } from '../../kernel/page.js';
import { qrImage } from '../../modules/device/index.js';
import type { DoorApp } from '../door/door.js';
import type { DoorServices } from '../door/door-services.js';
import { refusals, subaccountOf } from '../door/door-words.js';
import { DeviceViews } from './device-views.js';
import { WhatspieError } from './whatspie.dialect.js';
import { whatspieErrors } from './whatspie.errors.js';
import {
  DeviceView,
  IdPath,
  NewDevice,
  PackageView,
  QrAnswer,
  QrQuery,
  success,
} from './whatspie.schemas.js';

const tags = ['Whatspie'];
const OK = { status: 200, message: 'OK' } as const;

export function declareDeviceRoutes(app: DoorApp, services: DoorServices): void {
  const views = new DeviceViews(services);
  declareCreation(app, services, views);

  app.get('/devices', {
    config: { access: 'device:read' },
    schema: {
      tags,
      summary: 'List devices',
      response: { 200: success(z.array(DeviceView)), ...refusals(WhatspieError, 401, 403) },
    },
    handler: async ({ caller }) => {
      const devices = await services.deviceReader.listAll(caller, subaccountOf(caller));
      return { ...OK, data: await views.of(caller, devices) };
    },
  });

  app.get('/devices/:id', {
    config: { access: 'device:read' },
    schema: {
      tags,
      summary: 'Get a device',
      params: IdPath,
      response: { 200: success(DeviceView), ...refusals(WhatspieError, 401, 403, 404) },
    },
    handler: async ({ caller, device }) => ({ ...OK, data: await views.ofOne(caller, device) }),
  });

  declareQr(app, services);
}

function declareCreation(app: DoorApp, { devices, packages }: DoorServices, views: DeviceViews): void {
  app.get('/packages', {
    config: { access: 'device:read' },
    schema: {
      tags,
      summary: 'List packages',
      response: { 200: success(z.array(PackageView)), ...refusals(WhatspieError, 401, 403) },
    },
    handler: async ({ caller }) => {
      const { items } = await packages.list(caller, { first: MAX_PAGE_SIZE });
      const found = items.map(({ node }) => node).filter(({ selfService }) => selfService);
      return { ...OK, data: found.map(({ number: id, code, name }) => ({ id, code, name })) };
    },
  });

  app.post('/devices', {
    config: { access: 'device:create' },
    schema: {
      tags,
      summary: 'Create a device',
      body: NewDevice,
      response: { 200: success(DeviceView), ...refusals(WhatspieError, 400, 401, 403) },
    },
    handler: async ({ caller, body }) => {
      const chosen = await packages.findByCode(caller, body.package);
      if (chosen === null) {
        const message = `Package '${body.package}' is not available`;
        throw whatspieErrors.PACKAGE_UNKNOWN({ message });
      }
      const { device } = await devices.create(caller, {
        subaccountId: subaccountOf(caller),
        label: body.name,
        packageId: chosen.id,
      });
      return { ...OK, data: await views.ofOne(caller, device) };
    },
  });
}

function declareQr(app: DoorApp, { qrOffers, qrLinks }: DoorServices): void {
  app.get('/devices/:id/qr', {
    config: { access: 'device:pair' },
    schema: {
      tags,
      summary: 'Get QR code',
      description:
        'Starts a pairing when none runs, and shows its current QR code; ask again every 3 to 5 s, a code lives about 20 s.',
      params: IdPath,
      querystring: QrQuery,
      response: { 200: QrAnswer, ...refusals(WhatspieError, 401, 403, 404, 429, 500) },
    },
    handler: async ({ caller, device, query }) => {
      const offer = await qrOffers.get(caller, device.id);
      if (offer.kind === 'LINKED') return { code: 200 as const, message: 'Device connected' as const };
      const { qr, expiresAt } = offer;
      const isLink = query.response_type === 'url';
      return { ...OK, data: { qr: isLink ? qrLinks.urlOf(device, expiresAt) : await qrImage(qr) } };
    },
  });
}

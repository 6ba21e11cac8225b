import { randomUUID } from 'node:crypto';
import { channel } from 'node:diagnostics_channel';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parsePublicId, toPublicId } from '../../src/kernel/ids.js';
import { DoorClient } from '../contract/support/door-client.js';
import { succeeds } from '../support/eventually.js';
import { startTestServer } from '../support/server.js';
import type { TestServer } from '../support/server.js';
import { WebhookReceiver } from '../support/webhook-receiver.js';
import { Rows } from './rows.js';
import { createBorders, idOf } from './tenants.js';
import type { Border } from './tenants.js';

/** What names a device or a message at the doors. */
interface Names {
  readonly publicId: string;
  readonly uuid: string;
  readonly sendingId: string;
  readonly number: string;
  readonly phone: string;
  readonly message: string;
}

interface Call {
  readonly path: string;
  readonly json?: unknown;
}
/** `own`: the caller's own device, beside which something foreign is named. */
type Case = (foreign: Names, own: string) => Call;

const message = { phone: '6281200000099', message: 'intruder' };
const path =
  (of: (foreign: Names, own: string) => string, json?: unknown): Case =>
  (foreign, own) => ({
    path: of(foreign, own),
    ...(json !== undefined && { json }),
  });
const wagy = (suffix = '', json?: unknown) => path(({ publicId }) => `/wagy/${publicId}${suffix}`, json);
const ownMessage = (suffix = '') =>
  path((foreign, own) => `/wagy/${own}/messages/${foreign.message}${suffix}`);
const whatspie = (suffix = '') => path(({ number }) => `/whatspie/devices/${number}${suffix}`);
const wapiz = (suffix = '', json?: unknown) =>
  path(({ uuid }) => `/wapiz/api/devices/${uuid}${suffix}`, json);
const chat = (device: string) => ({
  device,
  receiver: '6281200000099',
  type: 'chat',
  params: { text: 'intruder' },
});

/** Every route of the doors, or the suite fails. null: it names nothing of anybody. */
const CASES: Readonly<Record<string, readonly Case[] | null>> = {
  'GET /wagy/devices': null,
  'POST /wagy/devices': null,
  'GET /wagy/:device_id': [wagy()],
  'POST /wagy/:device_id/token': [wagy('/token', {})],
  'GET /wagy/:device_id/qr': [wagy('/qr')],
  'GET /wagy/:device_id/quota': [wagy('/quota')],
  'POST /wagy/:device_id/voucher': [wagy('/voucher', { code: 'X' })],
  'GET /wagy/:device_id/webhook': [wagy('/webhook')],
  'PUT /wagy/:device_id/webhook': [wagy('/webhook', { url: 'https://example.com/' })],
  'POST /wagy/:device_id/send': [wagy('/send', message)],
  'GET /wagy/:device_id/messages': [wagy('/messages')],
  'GET /wagy/:device_id/messages.csv': [wagy('/messages.csv')],
  'GET /wagy/:device_id/messages/:message_id': [wagy('/messages/1'), ownMessage()],
  'POST /wagy/:device_id/messages/:message_id/resend': [wagy('/messages/1/resend'), ownMessage('/resend')],
  'GET /whatspie/packages': null,
  'GET /whatspie/devices': null,
  'POST /whatspie/devices': null,
  'GET /whatspie/devices/:id': [whatspie()],
  'GET /whatspie/devices/:id/qr': [whatspie('/qr')],
  'POST /whatspie/messages': [
    ({ phone }) => ({ path: '/whatspie/messages', json: chat(phone) }),
    ({ number }) => ({ path: '/whatspie/messages', json: chat(number) }),
  ],
  'GET /whatspie/messages/:id': [path((foreign) => `/whatspie/messages/${foreign.message}`)],
  'POST /wapiz/api/auth/register': null,
  'POST /wapiz/api/auth/login': null,
  'POST /wapiz/api/auth/logout': null,
  'GET /wapiz/api/auth/me': null,
  'GET /wapiz/api/devices': null,
  'POST /wapiz/api/devices': null,
  'DELETE /wapiz/api/devices/:id': [wapiz()],
  'GET /wapiz/api/devices/:id/qr': [wapiz('/qr')],
  'GET /wapiz/api/devices/:id/status': [wapiz('/status')],
  'PATCH /wapiz/api/devices/:id/webhook': [wapiz('/webhook', { webhookUrl: 'https://example.com/' })],
  'POST /wapiz/api/messages': [
    ({ uuid }) => ({
      path: '/wapiz/api/messages',
      json: { deviceId: uuid, to: '6281200000099', message: 'x' },
    }),
    ({ sendingId }) => ({
      path: '/wapiz/api/messages',
      json: { deviceId: sendingId, to: '6281200000099', message: 'x' },
    }),
  ],
};

let server: TestServer;
let rows: Rows;
let hooks: WebhookReceiver;
let borders: readonly Border[];
const routes = new Set<string>();

beforeAll(async () => {
  const onFastify = (started: unknown): void => {
    (started as { fastify: FastifyInstance }).fastify.addHook('onRoute', ({ method, url }) => {
      for (const each of [method].flat()) {
        if (/^\/(?:wagy|whatspie|wapiz)\//.test(url) && each !== 'HEAD') routes.add(`${each} ${url}`);
      }
    });
  };
  channel('fastify.initialization').subscribe(onFastify);
  hooks = await WebhookReceiver.start();
  server = await startTestServer({ env: { OUTBOUND_ALLOW: hooks.host } });
  channel('fastify.initialization').unsubscribe(onFastify);
  rows = await Rows.open(server);
});
afterAll(async () => {
  await rows[Symbol.asyncDispose]();
  await server.stop();
  await hooks[Symbol.asyncDispose]();
});

/** What happens by itself after the tenants were made has happened. */
async function standsStill(border: Border): Promise<void> {
  let last = '';
  await succeeds(async () => {
    const before = last;
    last = JSON.stringify(await rows.fingerprint(border));
    expect(last).toBe(before);
  });
}

async function namesOf({ victim }: Border): Promise<Names> {
  const publicId = idOf(victim, 'Device');
  const uuid = parsePublicId(publicId)?.uuid ?? '';
  const [device] = await rows.query<{ number: string; sending_id: string; phone_number: string }>(
    'select number, sending_id, phone_number from device where id = $1',
    [uuid],
  );
  const [sent] = await rows.query<{ number: string }>(
    'select number from message where device_id = $1 limit 1',
    [uuid],
  );
  if (device === undefined || sent === undefined) throw new Error('the victim has no device or no message');
  const { number, sending_id: sendingId, phone_number: phone } = device;
  return { publicId, uuid, sendingId, number, phone, message: sent.number };
}

const namesIn = (names: Names): string[] => Object.values({ ...names });

function unknownNames(): Names {
  const uuid = randomUUID();
  const publicId = toPublicId('Device', uuid);
  return {
    publicId,
    uuid,
    sendingId: randomUUID(),
    number: '987654321',
    phone: '6281299999999',
    message: '987654322',
  };
}

describe('the doors', () => {
  it('begin with tenants side by side', { timeout: 120_000 }, async () => {
    borders = (await createBorders(server, hooks)).slice(0, 2);
    for (const border of borders) await standsStill(border);
    expect(borders).toHaveLength(2);
  });

  it('have a case for every route', () => {
    expect([...routes].sort()).toEqual(Object.keys(CASES).sort());
  });

  it.each(
    Object.entries(CASES).flatMap(([route, cases]) => (cases === null ? [] : [[route, cases] as const])),
  )('%s answers a foreign id like an unknown one', async (route, cases) => {
    const [method = ''] = route.split(' ');
    const statuses: number[] = [];
    for (const border of borders) {
      const foreign = await namesOf(border);
      const unknown = unknownNames();
      const before: unknown = await rows.fingerprint(border);
      for (const { api, own, who } of border.attackers) {
        const headers = { authorization: `Bearer ${api.token ?? ''}`, cookie: `wa_token=${api.token ?? ''}` };
        const door = new DoorClient(server, '', headers);
        const ask = async (names: Names, attempt: Case): Promise<unknown> => {
          const { path: at, json } = attempt(names, own.Device ?? '');
          const { status, text } = await door.call(method, at.slice(1), json === undefined ? {} : { json });
          statuses.push(status);
          let said = text;
          for (const name of namesIn(names)) said = said.replace(new RegExp(`\\b${name}\\b`, 'g'), '<name>');
          return { status, said };
        };
        for (const attempt of cases) {
          expect(await ask(foreign, attempt), who).toEqual(await ask(unknown, attempt));
        }
      }
      expect(await rows.fingerprint(border)).toEqual(before);
    }
    // Somebody got as far as being told that there is no such thing.
    expect(statuses).toContain(404);
    expect(statuses.filter((status) => status < 400 || status >= 500)).toEqual([]);
  });
});

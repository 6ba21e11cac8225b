import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { succeeds } from '../support/eventually.js';
import { FileServer } from '../support/file-server.js';
import { seed } from '../support/seed.js';
import type { SeededDevice } from '../support/seeded-device.js';
import { startTestServer } from '../support/server.js';
import type { TestServer } from '../support/server.js';
import { createVoucher, repack } from './support/catalogue.js';
import { bearer, DoorClient } from './support/door-client.js';

const png = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);
const mp3 = Buffer.concat([Buffer.from('49443303000000000000fffb9000', 'hex'), Buffer.alloc(413)]);
const HOUR_MS = 3_600_000;

let web: FileServer;
let server: TestServer;
let device: SeededDevice;
let wagy: DoorClient;
let phone: string;
const path = (suffix: string, id = device.id): string => `/${id}${suffix}`;
const send = (json: unknown, id = device.id) => wagy.post(path('/send', id), json);
const INVALID = { status: 'error', message: 'Invalid JSON payload' };
const inMs = (ms: number): string => new Date(Date.now() + ms).toISOString();

interface Queued {
  readonly status: string;
  readonly data: { message_id: number; status: string; quota_type: string; remaining: number };
  readonly message: string;
}
interface Listed {
  readonly data: {
    message_id: number;
    status: string;
    phone: string;
    message: string;
    expires_at: string | null;
  }[];
  readonly next_cursor: string | null;
}

beforeAll(async () => {
  web = await FileServer.start({
    photo: { type: 'image/png', data: png },
    song: { type: 'audio/mpeg', data: mp3 },
  });
  server = await startTestServer({ env: { OUTBOUND_ALLOW: web.host } });
  device = await seed(server).agency().subaccount().device({ connected: true });
  wagy = new DoorClient(server, 'wagy', bearer(device.token));
  phone = server.simulator.createPhone().number;
});
afterAll(async () => {
  await server.stop();
  await web[Symbol.asyncDispose]();
});

const expiryOf = async (id: number): Promise<string | null> => {
  const { body } = await wagy.get(path(`/messages/${String(id)}`));
  return (body as { data: { expires_at: string | null } }).data.expires_at;
};
const queued = async (json: unknown): Promise<number> => {
  const { status, body, text } = await send(json);
  expect(status, text).toBe(200);
  return (body as Queued).data.message_id;
};

describe('sending through the Wagy door', () => {
  it('W30, W31, W38: answers with the queued message and what is left of the quota, then sends it', async () => {
    const customer = server.simulator.createPhone();
    const { status, body } = await send({ phone: customer.number, message: 'Hello from a script' });
    expect(status).toBe(200);
    expect(body).toEqual({
      status: 'success',
      data: { message_id: expect.any(Number) as number, status: 'PENDING', quota_type: 'pro', remaining: -1 },
      message: 'Message queued',
    });
    expect(Object.keys((body as Queued).data)).toEqual(['message_id', 'status', 'quota_type', 'remaining']);
    await customer.waitForMessage((message) => message.text === 'Hello from a script', 30_000);
  });

  it.each([
    ['no body', { body: '' }],
    [
      'a form',
      {
        body: 'phone=628123456789&message=hi',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
      },
    ],
    ['text', { body: '{"phone":"628123456789","message":"hi"}', headers: { 'content-type': 'text/plain' } }],
    ['broken JSON', { body: '{"phone":', headers: { 'content-type': 'application/json' } }],
    ['a list', { json: [] }],
    ['null', { body: 'null', headers: { 'content-type': 'application/json' } }],
  ])('W21, W32: refuses %s', async (_name, call) => {
    const { status, body } = await wagy.call('POST', path('/send'), call);
    expect(status).toBe(400);
    expect(body).toMatchObject(INVALID);
  });

  it.each([
    ['W22: no phone', { message: 'x' }],
    ['W22: a phone that is a number', { phone: 628123456789, message: 'x' }],
    ['W22: a phone that is none', { phone: 'abc', message: 'x' }],
    ['W23: no message', { phone: '628123456789' }],
    ['W23: an empty message without a file', { phone: '628123456789', message: '' }],
    [
      'W24: another media_type',
      { phone: '628123456789', message: 'x', media_url: 'https://x.test/a', media_type: 'gif' },
    ],
    ['W24: a media_url that is none', { phone: '628123456789', message: 'x', media_url: 'nonsense' }],
    ['W25: a retry_interval that is text', { phone: '628123456789', message: 'x', retry_interval: 'soon' }],
    ['W26: an expires_in of zero', { phone: '628123456789', message: 'x', expires_in: 0 }],
    ['W26: an expires_in that is a fraction', { phone: '628123456789', message: 'x', expires_in: 1.5 }],
    ['W27: a malformed expires_at', { phone: '628123456789', message: 'x', expires_at: 'tomorrow' }],
    [
      'W27: an expires_at without zone',
      { phone: '628123456789', message: 'x', expires_at: '2099-01-01T00:00:00' },
    ],
    [
      'W27: an expires_at on a day that is none',
      { phone: '628123456789', message: 'x', expires_at: '2099-02-31T00:00:00Z' },
    ],
    [
      'W27: an expires_at in the past',
      { phone: '628123456789', message: 'x', expires_at: '2020-01-01T00:00:00Z' },
    ],
  ])('%s is refused', async (_name, json) => {
    const { status, body } = await send(json);
    expect(status).toBe(400);
    expect(body).toMatchObject(INVALID);
  });

  it('a refusal names each field in words that need no library', async () => {
    const { body } = await send({ phone: 628123456789, retry_interval: 'soon' });
    expect(body).toMatchObject({
      errors: [
        { field: 'phone', message: 'must be a text' },
        { field: 'message', message: 'is required' },
        { field: 'retry_interval', message: 'must be a number' },
      ],
    });
  });

  it('W24: sends a file with its caption, also when media_type is left to the file', async () => {
    const customer = server.simulator.createPhone();
    await queued({
      phone: customer.number,
      message: 'typed',
      media_url: web.url('photo'),
      media_type: 'image',
    });
    await queued({ phone: customer.number, message: 'untyped', media_url: web.url('photo') });
    await queued({
      phone: customer.number,
      message: 'heard',
      media_url: web.url('song'),
      media_type: 'audio',
    });
    for (const caption of ['typed', 'untyped', 'heard']) {
      await customer.waitForMessage((message) => JSON.stringify(message).includes(caption), 30_000);
    }
  });

  it('W25: takes seconds between attempts', async () => {
    await queued({ phone, message: 'again', retry_interval: 120 });
    await queued({ phone, message: 'as usual', retry_interval: 0 });
  });

  it('W26, W27: keeps the expiry, relative or absolute', async () => {
    const before = Date.now();
    const relative = await expiryOf(await queued({ phone, message: 'x', expires_in: 3_600 }));
    expect(Math.abs(new Date(relative ?? 0).getTime() - before - HOUR_MS)).toBeLessThan(30_000);
    const at = inMs(HOUR_MS);
    expect(await expiryOf(await queued({ phone, message: 'x', expires_at: at }))).toBe(at);
  });

  it.each([
    ['expires_in would be sooner', 60],
    ['expires_in would be later', 999_999],
    ['expires_in is nonsense', 'never'],
  ])('W28: expires_at decides where both are sent: %s', async (_name, expiresIn) => {
    const at = inMs(HOUR_MS);
    expect(await expiryOf(await queued({ phone, message: 'x', expires_in: expiresIn, expires_at: at }))).toBe(
      at,
    );
    expect(await expiryOf(await queued({ expires_at: at, message: 'x', expires_in: expiresIn, phone }))).toBe(
      at,
    );
  });
});

describe('who may send', () => {
  it('W33: refuses a missing, malformed or foreign token, and the token of another device', async () => {
    const other = await seed(server).agency().subaccount().device();
    const sister = await device.api.mutate<{ device: { id: string } }>(
      'createDevice',
      { subaccountId: device.subaccount.id, label: 'sister' },
      'device { id }',
    );
    const unauthorized = { status: 'error', message: 'Unauthorized' };
    const json = { phone, message: 'x' };
    for (const headers of [{}, bearer('nonsense'), bearer(device.api.token), { 'x-api-key': 'nonsense' }]) {
      const answer = await new DoorClient(server, 'wagy', headers).post(path('/send'), json);
      expect([answer.status, answer.body]).toEqual([401, unauthorized]);
    }
    const sistersDoor = await send(json, sister.device.id);
    expect([sistersDoor.status, sistersDoor.body]).toEqual([401, unauthorized]);
    const foreign = await send(json, other.id);
    expect([foreign.status, foreign.body]).toEqual([404, { status: 'error', message: 'Device not found' }]);
  });

  it('W33: takes the token as X-API-Key as well', async () => {
    const keyed = new DoorClient(server, 'wagy', { 'x-api-key': device.token });
    expect((await keyed.post(path('/send'), { phone, message: 'x' })).status).toBe(200);
  });

  it.each(['dev_01h2xcejqtf2nbrexx3vqjhp41', 'nonsense', '1', 'agc_01h2xcejqtf2nbrexx3vqjhp41'])(
    'W35: knows no device %s, whatever is sent',
    async (id) => {
      for (const json of [{ phone, message: 'x' }, {}]) {
        const { status, body } = await send(json, id);
        expect([status, body]).toEqual([404, { status: 'error', message: 'Device not found' }]);
      }
    },
  );
});

describe('what a send costs', () => {
  it('W31, W34: counts down the free quota, then answers 402 and says which is used up', async () => {
    const tiny = await seed(server).agency().subaccount().device({ connected: true });
    const tinyApi = tiny.subaccount.agency.api;
    const own = await tinyApi.mutate<{ package: { id: string } }>(
      'createPackage',
      { code: 'TINY', name: 'Tiny', monthlyAllowance: 2, brandLine: true, webhooks: false, priority: false },
      'package { id }',
    );
    await tinyApi.mutate('updateDevice', { deviceId: tiny.id, packageId: own.package.id }, '__typename');
    const door = new DoorClient(server, 'wagy', bearer(tiny.token));
    const answers = [];
    for (const message of ['one', 'two', 'three']) {
      answers.push(await door.post(`/${tiny.id}/send`, { phone, message }));
    }
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 402]);
    expect(answers.slice(0, 2).map(({ body }) => (body as Queued).data)).toMatchObject([
      { quota_type: 'free', remaining: 1 },
      { quota_type: 'free', remaining: 0 },
    ]);
    expect(answers[2]?.body).toMatchObject({ status: 'error', message: 'Quota exhausted' });
  });

  it('W19, W20: spends a voucher before the free quota, and a voucher only once', async () => {
    const buyer = await seed(server).agency().subaccount().device({ connected: true });
    await repack(buyer.subaccount, buyer.id, 'FREE');
    const code = await createVoucher(buyer.subaccount, 1);
    const keyed = new DoorClient(server, 'wagy', bearer(buyer.api.token));
    const redeemed = await keyed.post(`/${buyer.id}/voucher`, { code });
    expect(redeemed.status).toBe(200);
    expect(redeemed.body).toMatchObject({
      data: {
        free: { monthly_limit: 1000, used: 0, remaining: 1000 },
        pro: { total: 1, used: 0, remaining: 1, expires_at: expect.any(String) as string },
      },
    });
    expect((await keyed.post(`/${buyer.id}/voucher`, { code })).status).toBe(409);
    expect((await keyed.post(`/${buyer.id}/voucher`, { code: 'NONSENSE' })).status).toBe(404);
    const door = new DoorClient(server, 'wagy', bearer(buyer.token));
    const sent = [];
    for (const message of ['one', 'two']) sent.push(await door.post(`/${buyer.id}/send`, { phone, message }));
    expect(sent.map(({ body }) => (body as Queued).data)).toMatchObject([
      { quota_type: 'pro', remaining: 0 },
      { quota_type: 'free', remaining: 999 },
    ]);
  });

  it('W37: answers 503 for a device that is not connected, and charges nothing', async () => {
    const idle = await seed(server).agency().subaccount().device();
    await repack(idle.subaccount, idle.id, 'FREE');
    const door = new DoorClient(server, 'wagy', bearer(idle.token));
    const { status, body } = await door.post(`/${idle.id}/send`, { phone, message: 'x' });
    expect(status).toBe(503);
    expect(body).toMatchObject({ status: 'error', message: 'Device not connected' });
    expect((await door.get(`/${idle.id}/quota`)).body).toMatchObject({
      data: { free: { used: 0, remaining: 1000 } },
    });
  });
});

describe('what became of messages', () => {
  it('W40: lists them newest first, by state, recipient and day, a page at a time', async () => {
    const sender = await seed(server).agency().subaccount().device({ connected: true });
    const door = new DoorClient(server, 'wagy', bearer(sender.token));
    const [a, b] = [server.simulator.createPhone(), server.simulator.createPhone()];
    for (const [to, message] of [
      [a, 'first'],
      [b, 'second'],
      [a, 'third'],
    ] as const) {
      expect((await door.post(`/${sender.id}/send`, { phone: to.number, message })).status).toBe(200);
    }
    const list = async (query: string): Promise<Listed> =>
      (await door.get(`/${sender.id}/messages?${query}`)).body as Listed;
    await succeeds(async () => {
      expect((await sender.messages()).filter(({ status }) => status === 'READ')).toHaveLength(3);
    });
    expect((await list('status=READ')).data).toHaveLength(3);
    expect((await list('')).data.map(({ message }) => message)).toEqual(['third', 'second', 'first']);
    expect((await list(`phone=${b.number}`)).data.map(({ message }) => message)).toEqual(['second']);
    const today = new Date().toISOString().slice(0, 10);
    expect((await list(`from=${today}&to=${today}`)).data).toHaveLength(3);
    expect((await list('to=2020-01-01')).data).toEqual([]);
    const page = await list('limit=2');
    expect(page.data).toHaveLength(2);
    expect(
      (await list(`limit=2&cursor=${page.next_cursor ?? ''}`)).data.map(({ message }) => message),
    ).toEqual(['first']);
    expect((await door.get(`/${sender.id}/messages?status=LOST`)).status).toBe(400);
    const csv = await door.get(`/${sender.id}/messages.csv?status=READ`);
    expect(csv.headers.get('content-type')).toBe('text/csv; charset=utf-8');
    expect(csv.text.trim().split('\n')).toHaveLength(4);
  });

  it('W29, W40: a message past its expiry is EXPIRED, never sent, and can be resent', async () => {
    const sender = await seed(server).agency().subaccount().device({ connected: true });
    const door = new DoorClient(server, 'wagy', bearer(sender.token));
    const customer = server.simulator.createPhone();
    await sender.do('updateDevice', {
      sendPolicy: { pacing: 'ON', minDelayMs: 30_000, maxDelayMs: 30_000 },
    });
    await door.post(`/${sender.id}/send`, { phone: customer.number, message: 'opens the pause' });
    const { body } = await door.post(`/${sender.id}/send`, {
      phone: customer.number,
      message: 'late',
      expires_in: 1,
    });
    const { message_id: id } = (body as Queued).data;
    await sender.messageThat(({ text, status }) => text === 'late' && status === 'EXPIRED');
    expect((await door.get(`/${sender.id}/messages/${String(id)}`)).body).toMatchObject({
      data: { status: 'EXPIRED' },
    });
    const again = await door.post(`/${sender.id}/messages/${String(id)}/resend`, {});
    expect(again.status).toBe(200);
    const resent = (again.body as Queued).data;
    expect(resent).toMatchObject({ status: 'PENDING' });
    expect(resent.message_id).toBeGreaterThan(id);
    const refused = await door.post(`/${sender.id}/messages/${String(resent.message_id)}/resend`, {});
    expect([refused.status, refused.body]).toEqual([
      409,
      { status: 'error', message: 'Only an EXPIRED message can be resent' },
    ]);
    expect((await door.get(`/${sender.id}/messages/999999999`)).body).toEqual({
      status: 'error',
      message: 'Message not found',
    });
  });
});

import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.js';
import { seed } from '../support/seed.js';
import type { SeededAgency } from '../support/seed.js';
import { startTestServer } from '../support/server.js';
import type { TestServer } from '../support/server.js';
import { offerId } from './support/catalogue.js';
import { DoorClient } from './support/door-client.js';

let server: TestServer;
let agency: SeededAgency;
let open: TestServer;
let wapiz: DoorClient;
let email: string;
const password = 'rahasia8';
const anyText = expect.any(String) as string;
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

interface Device {
  readonly id: string;
  readonly deviceId: string;
}
interface Account {
  readonly id: string;
}

/** Registration is open only where an agency takes people in, and that must exist before: two processes, one database. */
beforeAll(async () => {
  const keys = { MASTER_KEY: randomBytes(32).toString('base64') };
  server = await startTestServer({ env: keys });
  agency = await seed(server).agency();
  open = await startTestServer({
    shared: { connections: server.connections, simulator: server.simulator },
    env: { SIGNUP_AGENCY: agency.id, ROLES: 'api', ...keys },
  });
  email = 'ani@example.com';
  wapiz = await register('Ani', email);
});
afterAll(async () => {
  await open.stop();
  await server.stop();
});

const anonymous = (headers = {}): DoorClient => new DoorClient(open, 'wapiz', headers);

async function register(name: string, address: string): Promise<DoorClient> {
  const { status, text, headers } = await anonymous().post('/api/auth/register', {
    name,
    email: address,
    password,
  });
  expect(status, text).toBe(201);
  const cookie = headers.get('set-cookie') ?? '';
  return anonymous({ cookie: cookie.split(';')[0] ?? '' });
}

async function firstDevice(door: DoorClient): Promise<Device> {
  const [known] = (await door.get('/api/devices')).body as Device[];
  return known ?? ((await door.post('/api/devices', {})).body as Device);
}

describe('accounts through the WAPIZ door', () => {
  it('Z15: registering makes an account with the Free plan and logs in by cookie', async () => {
    const { status, headers, body } = await anonymous().post('/api/auth/register', {
      name: 'Budi',
      email: 'budi@example.com',
      password,
    });
    expect(status).toBe(201);
    const cookie = headers.get('set-cookie') ?? '';
    expect(cookie).toMatch(/^wa_token=tl_ses_\w+; /);
    for (const attribute of ['HttpOnly', 'SameSite=Strict', 'Path=/wapiz'])
      expect(cookie).toContain(attribute);
    expect(body).toEqual({
      id: expect.stringMatching(UUID) as string,
      name: 'Budi',
      email: 'budi@example.com',
      subscription: { status: 'active', expiresAt: null, plan: { name: 'Free', slug: 'free' } },
    });
    const me = await anonymous({ cookie: cookie.split(';')[0] ?? '' }).get('/api/auth/me');
    expect([me.status, me.body]).toEqual([200, body]);
  });

  it.each([
    [{}, 'Semua field wajib diisi'],
    [{ name: '', email: 'x@example.com', password }, 'Semua field wajib diisi'],
    [{ name: 'X', email: 'x@example.com' }, 'Semua field wajib diisi'],
    [{ name: 'X', email: 'x@example.com', password: 'kurang7' }, 'Password minimal 8 karakter'],
    [{ name: 'X', email: 'nonsense', password }, 'Email tidak valid'],
    [[], 'Semua field wajib diisi'],
  ])('Z15: refuses to register %j', async (json, error) => {
    const { status, body } = await anonymous().post('/api/auth/register', json);
    expect([status, body]).toEqual([400, { error }]);
  });

  it('Z15: an address registers once', async () => {
    const { status, body } = await anonymous().post('/api/auth/register', { name: 'Ani', email, password });
    expect([status, body]).toEqual([409, { error: 'Email sudah terdaftar' }]);
  });

  it('Z15: logs in with the right password only, and out again', async () => {
    const wrong = await anonymous().post('/api/auth/login', { email, password: 'salah-sekali' });
    expect([wrong.status, wrong.body]).toEqual([401, { error: 'Email atau password salah' }]);
    const right = await anonymous().post('/api/auth/login', { email, password });
    expect(right.status).toBe(200);
    const cookie = right.headers.get('set-cookie')?.split(';')[0] ?? '';
    const session = anonymous({ cookie });
    expect((await session.get('/api/auth/me')).body).toMatchObject({ email });
    expect((await session.call('POST', '/api/auth/logout')).body).toEqual({ ok: true });
    expect((await session.get('/api/auth/me')).status).toBe(401);
  });

  it('nobody can register where no agency takes people in', async () => {
    const closed = new DoorClient(server, 'wapiz');
    const { status, body } = await closed.post('/api/auth/register', {
      name: 'X',
      email: 'x@example.com',
      password,
    });
    expect([status, body]).toEqual([403, { error: 'Pendaftaran tidak dibuka' }]);
  });
});

describe('devices through the WAPIZ door', () => {
  it.each([
    ['GET', '/api/devices'],
    ['POST', '/api/devices'],
    ['DELETE', '/api/devices/x'],
    ['GET', '/api/devices/x/qr'],
    ['GET', '/api/devices/x/status'],
    ['PATCH', '/api/devices/x/webhook'],
    ['GET', '/api/auth/me'],
  ])('Z2: %s %s needs the cookie', async (method, path) => {
    for (const headers of [
      {},
      { cookie: 'wa_token=nonsense' },
      { authorization: `Bearer ${agency.api.token ?? ''}` },
    ]) {
      const { status, body } = await anonymous(headers).call(method, path);
      expect([status, body]).toEqual([401, { error: 'Unauthorized' }]);
    }
  });

  it('Z1, Z3, Z4, Z5: adds a device and lists it, with two ids; one more is over the limit of the plan', async () => {
    const door = await register('Citra', 'citra@example.com');
    const { id: userId } = (await door.get('/api/auth/me')).body as Account;
    expect((await door.get('/api/devices')).body).toEqual([]);
    const added = await door.call('POST', '/api/devices');
    expect(added.status).toBe(201);
    expect(added.body).toEqual({
      id: expect.stringMatching(UUID) as string,
      userId,
      deviceId: expect.stringMatching(UUID) as string,
      label: 'Device Baru',
      webhookUrl: null,
      createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as string,
    });
    const { id, deviceId } = added.body as Device;
    expect(id).not.toBe(deviceId);
    expect((await door.get('/api/devices')).body).toEqual([added.body]);
    const over = await door.post('/api/devices', { label: 'Satu lagi' });
    expect([over.status, over.body]).toEqual([403, { error: 'Paket Free maksimal 1 device' }]);
    expect((await wapiz.get('/api/devices')).text).not.toContain(id);
  });

  it('Z1: Regular takes three', async () => {
    const door = await register('Dewi', 'dewi@example.com');
    const { subaccounts } = (
      await agency.api.ask<{ agency: { subaccounts: { nodes: { id: string; name: string }[] } } }>(
        '{ agency { subaccounts(first: 50) { nodes { id name } } } }',
      )
    ).agency;
    const subaccountId = subaccounts.nodes.find(({ name }) => name === 'Dewi')?.id;
    const planId = await offerId(agency.api, 'plans', 'REGULAR');
    await agency.api.mutate('updateSubaccount', { subaccountId, planId }, '__typename');
    const answers = [];
    for (const label of ['a', 'b', 'c', 'd']) answers.push(await door.post('/api/devices', { label }));
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201, 403]);
    expect(answers[3]?.body).toEqual({ error: 'Paket Regular maksimal 3 device' });
  });

  it('Z7, Z8, Z9, Z10, Z11, Z12: a PNG to scan, polled until the status is logged_in, then JSON', async () => {
    const device = await firstDevice(wapiz);
    const path = `/api/devices/${device.id}`;
    expect((await wapiz.get(`${path}/status`)).body).toEqual({
      connected: false,
      loggedIn: false,
      status: 'disconnected',
    });
    const qr = await wapiz.get(`${path}/qr`);
    expect([qr.status, qr.headers.get('content-type'), qr.headers.get('cache-control')]).toEqual([
      200,
      'image/png',
      'no-store',
    ]);
    expect(qr.bytes.subarray(1, 4).toString()).toBe('PNG');
    const expiresAt = new Date(qr.headers.get('x-qr-expires-at') ?? 0).getTime();
    expect(expiresAt).toBeGreaterThan(Date.now());
    expect((await wapiz.get(`${path}/status`)).body).toEqual({
      connected: true,
      loggedIn: false,
      status: 'connected',
    });
    const shown = await agency.api.ask<{
      agency: {
        subaccounts: { nodes: { devices: { nodes: { pairing: { qr: string | null } | null }[] } }[] };
      };
    }>('{ agency { subaccounts(first: 50) { nodes { devices { nodes { pairing { qr } } } } } } }');
    const [text] = shown.agency.subaccounts.nodes.flatMap(({ devices }) =>
      devices.nodes.flatMap(({ pairing }) => pairing?.qr ?? []),
    );
    await server.simulator.createPhone().scan(text ?? '');
    await eventually(async () => {
      const { agency: read } = await agency.api.ask<{
        agency: { subaccounts: { nodes: { devices: { nodes: { status: string }[] } }[] } };
      }>('{ agency { subaccounts(first: 50) { nodes { devices { nodes { status } } } } } }');
      return read.subaccounts.nodes.flatMap(({ devices }) => devices.nodes.map(({ status }) => status));
    }).toContain('CONNECTED');
    expect((await wapiz.get(`${path}/status`)).body).toEqual({
      connected: true,
      loggedIn: true,
      status: 'logged_in',
    });
    const done = await wapiz.get(`${path}/qr`);
    expect([done.status, done.headers.get('content-type'), done.body]).toEqual([
      200,
      'application/json; charset=utf-8',
      { status: 'logged_in' },
    ]);
  });

  it('Z4: sends by deviceId', async () => {
    const { deviceId } = await firstDevice(wapiz);
    const customer = server.simulator.createPhone();
    const sent = await wapiz.post('/api/messages', { deviceId, to: customer.number, message: 'Halo' });
    expect(sent.status).toBe(201);
    expect(sent.body).toEqual({ id: anyText, deviceId, status: 'pending' });
    await customer.waitForMessage(({ text }) => text.includes('Halo'), 30_000);
    expect(
      (await wapiz.post('/api/messages', { deviceId: 'x', to: customer.number, message: 'Halo' })).status,
    ).toBe(404);
  });

  it('Z13: sets the webhook, and removes it by null and by an empty text', async () => {
    const { id } = await firstDevice(wapiz);
    const patch = (json: unknown) => wapiz.call('PATCH', `/api/devices/${id}/webhook`, { json });
    const url = 'https://server-anda.com/webhook';
    for (const nothing of [{ webhookUrl: null }, { webhookUrl: '' }]) {
      const set = await patch({ webhookUrl: url });
      expect([set.status, set.body]).toEqual([200, { ok: true, webhookUrl: url }]);
      expect((await wapiz.get('/api/devices')).body).toMatchObject([{ id, webhookUrl: url }]);
      const removed = await patch(nothing);
      expect([removed.status, removed.body]).toEqual([200, { ok: true, webhookUrl: null }]);
    }
    expect((await patch({ webhookUrl: 'nonsense' })).status).toBe(400);
    // A misspelt name removes nothing.
    expect((await patch({ webhook_url: url })).status).toBe(400);
  });

  it('Z6: deleting a device also disconnects it from WhatsApp; what is not theirs is not found', async () => {
    const { id } = await firstDevice(wapiz);
    const other = await register('Eka', 'eka@example.com');
    const theirs = await firstDevice(other);
    for (const unknown of [theirs.id, '0197a4b4-0000-7000-8000-000000000000', 'x']) {
      const { status, body } = await wapiz.call('DELETE', `/api/devices/${unknown}`);
      expect([status, body]).toEqual([404, { error: 'Device tidak ditemukan' }]);
    }
    const { status, body } = await wapiz.call('DELETE', `/api/devices/${id}`);
    expect([status, body]).toEqual([200, { ok: true }]);
    expect((await wapiz.get('/api/devices')).body).toEqual([]);
    expect((await wapiz.get(`/api/devices/${id}/status`)).status).toBe(404);
  });

  it('a page of another origin cannot change anything with the cookie', async () => {
    for (const origin of [
      'https://evil.example',
      'null',
      new URL(open.url).origin.replace('127.0.0.1', 'localhost'),
    ]) {
      const headers = { origin };
      const { status } = await wapiz.call('POST', '/api/devices', { json: {}, headers });
      expect(status).toBe(403);
      expect((await anonymous(headers).post('/api/auth/login', { email, password })).status).toBe(403);
    }
    const own = await wapiz.call('PATCH', '/api/devices/x/webhook', {
      json: {},
      headers: { origin: new URL(open.url).origin },
    });
    expect(own.status).toBe(404);
  });
});

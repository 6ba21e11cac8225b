import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seed } from '../support/seed.js';
import type { SeededDevice } from '../support/seeded-device.js';
import { startTestServer } from '../support/server.js';
import type { TestServer } from '../support/server.js';
import { offerId } from './support/catalogue.js';
import { bearer, DoorClient } from './support/door-client.js';

let server: TestServer;
let device: SeededDevice;
let whatspie: DoorClient;
beforeAll(async () => {
  server = await startTestServer();
  device = await seed(server).agency().subaccount().device({ connected: true });
  whatspie = new DoorClient(server, 'whatspie', bearer(device.api.token));
});
afterAll(() => server.stop());

const RFC3339_UTC = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;
interface DeviceBody {
  readonly data: { readonly id: number; readonly phone: string; readonly paired_status: string };
}
const anyText = expect.any(String) as string;
const create = async (code: string, name: string): Promise<DeviceBody['data']> => {
  const { status, body } = await whatspie.post('/devices', { package: code, name });
  expect(status).toBe(200);
  return (body as DeviceBody).data;
};
const connectedId = async (): Promise<number> => {
  const { body } = await whatspie.get('/devices');
  const found = (body as { data: DeviceBody['data'][] }).data.find(
    ({ phone }) => phone === device.phone.number,
  );
  return found?.id ?? 0;
};

describe('devices through the Whatspie door', () => {
  it.each([
    ['GET', '/devices'],
    ['POST', '/devices'],
    ['GET', '/devices/1'],
    ['GET', '/devices/1/qr'],
    ['POST', '/messages'],
    ['GET', '/packages'],
  ])('P1: %s %s needs a bearer token', async (method, path) => {
    for (const headers of [
      {},
      bearer('nonsense'),
      bearer(device.token),
      { 'x-api-key': device.api.token ?? '' },
    ]) {
      const { status, body } = await new DoorClient(server, 'whatspie', headers).call(method, path);
      expect(status).toBe(401);
      expect(body).toEqual({ code: 401, message: 'Unauthorized', error: anyText });
    }
  });

  it('P2, P3, P5, P6: creating one takes package and name, and answers with the device', async () => {
    const { status, headers, body } = await whatspie.post('/devices', {
      package: 'STARTUP240K',
      name: 'Customer Service',
    });
    expect([status, headers.get('content-type')]).toEqual([200, 'application/json; charset=utf-8']);
    expect(body).toEqual({
      status: 200,
      message: 'OK',
      data: {
        id: expect.any(Number) as number,
        phone: '',
        webhook_url: '',
        status: 'ACTIVE',
        version: 'multidevice',
        paired_status: 'UNPAIRED',
        created_at: expect.stringMatching(RFC3339_UTC) as string,
        updated_at: expect.stringMatching(RFC3339_UTC) as string,
        server: { name: anyText, status: 'ACTIVE' },
        package: { code: 'STARTUP240K', name: 'Startup' },
        subscription: { quote_available: '-1', quote_used: '0' },
      },
    });
    expect(Object.keys((body as { data: object }).data)).toEqual([
      ...['id', 'phone', 'webhook_url', 'status', 'version', 'paired_status', 'created_at', 'updated_at'],
      ...['server', 'package', 'subscription'],
    ]);
  });

  it('P4, P8: lists them, and reads each by its id', async () => {
    const list = await whatspie.get('/devices');
    expect(list.status).toBe(200);
    expect(list.body).toMatchObject({ status: 200, message: 'OK' });
    const id = await connectedId();
    const one = await whatspie.get(`/devices/${String(id)}`);
    expect(one.body).toMatchObject({
      status: 200,
      message: 'OK',
      data: { id, phone: device.phone.number, paired_status: 'PAIRED' },
    });
    expect((list.body as { data: unknown[] }).data).toContainEqual((one.body as { data: unknown }).data);
  });

  it('P14: knows its packages by their ids and codes', async () => {
    const { body } = await whatspie.get('/packages');
    expect((body as { data: unknown[] }).data.slice(0, 4)).toEqual([
      { id: 1, code: 'BETA', name: 'Beta Tester' },
      { id: 2, code: 'STARTER60K', name: 'Starter' },
      { id: 3, code: 'STARTUP240K', name: 'Startup' },
      { id: 4, code: 'BUSINESS', name: 'Business' },
    ]);
  });

  it('P15: refuses a package that there is not', async () => {
    const { status, body } = await whatspie.post('/devices', { package: 'INVALID_PACKAGE', name: 'x' });
    expect([status, body]).toEqual([
      400,
      { code: 400, message: 'Invalid package type', error: "Package 'INVALID_PACKAGE' is not available" },
    ]);
  });

  it('P16: refuses a device beyond the plan', async () => {
    const small = await seed(server).agency().subaccount().device();
    const { api } = small.subaccount.agency;
    const planId = await offerId(api, 'plans', 'FREE');
    await api.mutate('updateSubaccount', { subaccountId: small.subaccount.id, planId }, '__typename');
    const door = new DoorClient(server, 'whatspie', bearer(small.api.token));
    const { status, body } = await door.post('/devices', { package: 'BETA', name: 'one more' });
    expect([status, body]).toEqual([
      403,
      {
        code: 403,
        message: 'Device limit exceeded',
        error: 'Maximum number of devices reached for your plan',
      },
    ]);
  });

  it('P17, P18: an unknown id and a foreign one get the same answer; errors say code, successes status', async () => {
    const foreign = await seed(server).agency().subaccount().device();
    const theirs = new DoorClient(server, 'whatspie', bearer(foreign.api.token));
    const list = (await theirs.get('/devices')).body as { data: DeviceBody['data'][] };
    for (const id of ['999999', String(list.data[0]?.id), 'abc', '0', '-1', '1.5']) {
      for (const path of [`/devices/${id}`, `/devices/${id}/qr`]) {
        const { status, body } = await whatspie.get(path);
        expect([status, body]).toEqual([
          404,
          { code: 404, message: 'Device not found', error: `Device with ID ${id} does not exist` },
        ]);
      }
    }
  });
});

describe('pairing through the Whatspie door', () => {
  it(
    'P7, P11, P19, P20: shows the QR code as a data URL or a link, never cached, to whoever polls every 3 s',
    { timeout: 60_000 },
    async () => {
      const { id, paired_status: before } = await create('BETA', 'to pair');
      expect(before).toBe('UNPAIRED');
      const path = `/devices/${String(id)}`;
      const shown = await whatspie.get(`${path}/qr`);
      expect(shown.status).toBe(200);
      expect(shown.headers.get('cache-control')).toBe('no-store');
      expect(shown.body).toEqual({
        status: 200,
        message: 'OK',
        data: { qr: expect.stringMatching(/^data:image\/png;base64,/) as string },
      });
      const linked = (await whatspie.get(`${path}/qr?response_type=url`)).body as { data: { qr: string } };
      const picture = await fetch(linked.data.qr);
      expect([
        picture.status,
        picture.headers.get('content-type'),
        picture.headers.get('cache-control'),
      ]).toEqual([200, 'image/png', 'no-store']);
      expect((await fetch(linked.data.qr.replace(/expires=\d+/, 'expires=99999999999'))).status).toBe(404);
      // A whole minute of polls at the fastest rate that is recommended, two calls each time, at once.
      for (let poll = 0; poll < 20; poll += 1) {
        expect((await whatspie.get(path)).status).toBe(200);
        expect((await whatspie.get(`${path}/qr`)).status).toBe(200);
      }
    },
  );

  it('P12: says that a connected device is connected, and shows nothing to scan', async () => {
    const { status, body } = await whatspie.get(`/devices/${String(await connectedId())}/qr`);
    expect([status, body]).toEqual([200, { code: 200, message: 'Device connected' }]);
  });

  it('P10, P13: a suspended device has no QR code', async () => {
    const other = await seed(server).agency().subaccount().device();
    const door = new DoorClient(server, 'whatspie', bearer(other.api.token));
    await other.do('suspendDevice', { reason: 'P10' });
    const list = (await door.get('/devices')).body as {
      data: { id: number; status: string; paired_status: string }[];
    };
    expect(list.data).toMatchObject([{ status: 'SUSPENDED', paired_status: 'SUSPENDED' }]);
    const { status, body } = await door.get(`/devices/${String(list.data[0]?.id)}/qr`);
    expect([status, body]).toEqual([
      500,
      { code: 500, message: 'QR code generation failed', error: anyText },
    ]);
  });
});

describe('messages through the Whatspie door', () => {
  it('P21: sends by the phone number of the device, and tells what became of it', async () => {
    const customer = server.simulator.createPhone();
    const { status, body } = await whatspie.post('/messages', {
      device: device.phone.number,
      receiver: customer.number,
      type: 'chat',
      params: { text: 'Hello from Whatspie' },
      simulate_typing: 1,
    });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      status: 200,
      message: 'OK',
      data: {
        device: device.phone.number,
        receiver: customer.number,
        status: 'pending',
        retry: 0,
        failed_reason: null,
        wa_id: anyText,
      },
    });
    await customer.waitForMessage(({ text }) => text === 'Hello from Whatspie', 30_000);
    await device.messageThat(({ text, status: at }) => text === 'Hello from Whatspie' && at === 'READ');
    const { id } = (body as { data: { id: number } }).data;
    expect((await whatspie.get(`/messages/${String(id)}`)).body).toMatchObject({
      data: { id, status: 'delivered' },
    });
  });

  it.each([
    ['another type', { device: 'x', receiver: '628123456789', type: 'smoke', params: { text: 'x' } }, 400],
    ['no text', { device: 'x', receiver: '628123456789', type: 'chat', params: {} }, 400],
    [
      'an unknown device',
      { device: '628000000000', receiver: '628123456789', type: 'chat', params: { text: 'x' } },
      404,
    ],
  ])('P21: refuses %s', async (_name, json, expected) => {
    const { status, body } = await whatspie.post('/messages', json);
    expect(status).toBe(expected);
    expect(body).toEqual({ code: expected, message: anyText, error: anyText });
  });
});

// Last, because it is this machine's address that is slowed down.
describe('guessing tokens', () => {
  it('is slowed down, in words of its own', { timeout: 60_000 }, async () => {
    const guesser = new DoorClient(server, 'whatspie', bearer('nonsense'));
    const answers = await Promise.all(Array.from({ length: 130 }, () => guesser.get('/devices')));
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused.length).toBeGreaterThan(0);
    expect(refused[0]?.body).toEqual({ code: 429, message: 'Too many requests', error: anyText });
    expect(Number(refused[0]?.headers.get('retry-after'))).toBeGreaterThan(0);
  });
});

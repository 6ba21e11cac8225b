import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.js';
import { cursorOf, seed } from '../support/seed.js';
import type { SeededDevice } from '../support/seeded-device.js';
import { startTestServer } from '../support/server.js';
import type { TestServer } from '../support/server.js';
import { createVoucher, repack } from './support/catalogue.js';
import { bearer, DoorClient } from './support/door-client.js';

let server: TestServer;
let device: SeededDevice;
/** Comes with a key of the subaccount. */
let office: DoorClient;
beforeAll(async () => {
  server = await startTestServer({ env: { OUTBOUND_ALLOW: '127.0.0.1/32' } });
  device = await seed(server).agency().subaccount().device({ connected: true });
  office = new DoorClient(server, 'wagy', bearer(device.api.token));
});
afterAll(() => server.stop());

interface Token {
  readonly data: { readonly device_id: string; readonly api_token: string };
}
interface Qr {
  readonly data: { readonly status: string; readonly qr: string | null; readonly qr_url: string | null };
}

const create = async (label: string): Promise<Token['data']> => {
  const { status, body } = await office.post('/devices', { label });
  expect(status).toBe(200);
  return (body as Token).data;
};

describe('devices through the Wagy door', () => {
  it('W1: creating one takes a label and returns a Device ID and an API Token', async () => {
    const { status, body } = await office.post('/devices', { label: 'CS Jakarta' });
    expect(status).toBe(200);
    expect(body).toEqual({
      status: 'success',
      data: {
        device_id: expect.stringMatching(/^dev_/) as string,
        label: 'CS Jakarta',
        api_token: expect.stringMatching(/^tl_dev_/) as string,
      },
      message: 'Device created',
    });
    expect((await office.post('/devices', {})).status).toBe(400);
  });

  it('W2: no later answer contains the token', async () => {
    const { device_id: id, api_token: token } = await create('secret keeper');
    const own = new DoorClient(server, 'wagy', bearer(token));
    const paths = ['/devices', `/${id}`, `/${id}/quota`, `/${id}/messages`, `/${id}/messages.csv`];
    for (const path of paths) {
      for (const door of [own, office]) expect((await door.get(path)).text).not.toContain(token);
    }
    const events = await device.api.ask(
      'query ($id: ID!) { events(subaccountId: $id) { events { __typename ... on ObjectChanged { nodeId } } } }',
      {
        id: device.subaccount.id,
      },
    );
    expect(JSON.stringify(events)).not.toContain(token);
  });

  it('W3: a regenerated token works, the one before stops at once', async () => {
    const { device_id: id, api_token: before } = await create('regenerated');
    const { body } = await office.call('POST', `/${id}/token`);
    const after = (body as Token).data.api_token;
    expect(after).not.toBe(before);
    expect((await new DoorClient(server, 'wagy', bearer(after)).get(`/${id}`)).status).toBe(200);
    const old = await new DoorClient(server, 'wagy', bearer(before)).get(`/${id}`);
    expect([old.status, old.body]).toEqual([401, { status: 'error', message: 'Unauthorized' }]);
  });

  it('W4, W6, W8: pairing shows a QR code to scan, which makes a device Connected', async () => {
    const { device_id: id } = await create('to pair');
    const statusOf = async (): Promise<string> => ((await office.get(`/${id}`)).body as Qr).data.status;
    expect(await statusOf()).toBe('Not Paired');
    const shown = await office.get(`/${id}/qr`);
    expect(shown.headers.get('cache-control')).toBe('no-store');
    const { qr, qr_url: url } = (shown.body as Qr).data;
    expect(qr).toMatch(/^data:image\/png;base64,/);
    const picture = await fetch(url ?? '');
    expect([
      picture.status,
      picture.headers.get('content-type'),
      picture.headers.get('cache-control'),
    ]).toEqual([200, 'image/png', 'no-store']);
    expect(Buffer.from(await picture.arrayBuffer()).toString('base64')).toBe(qr?.split(',')[1]);
    const { device: read } = await device.api.ask<{ device: { pairing: { qr: string } } }>(
      'query ($id: ID!) { device(id: $id) { pairing { qr } } }',
      { id },
    );
    await server.simulator.createPhone({ business: true }).scan(read.pairing.qr);
    await eventually(async () => {
      const { device: paired } = await device.api.ask<{ device: { status: string } }>(
        'query ($id: ID!) { device(id: $id) { status } }',
        { id },
      );
      return paired.status;
    }).toBe('CONNECTED');
    expect(await statusOf()).toBe('Connected');
    expect((await office.get(`/${id}/qr`)).body).toMatchObject({
      data: { qr: null },
      message: 'Device already paired',
    });
    expect((await fetch(url ?? '')).status).toBe(404);
  });

  it('W5, W9: where only business numbers are taken, another one ends as Rejected', async () => {
    const strict = await seed(server).agency().subaccount({ requireBusinessAccount: true }).device();
    const own = new DoorClient(server, 'wagy', bearer(strict.token));
    await strict.phone.scan(await strict.showQr());
    await strict.becomes('REJECTED');
    expect((await own.get(`/${strict.id}`)).body).toMatchObject({ data: { status: 'Rejected' } });
    const refused = await own.post(`/${strict.id}/send`, { phone: '628123456789', message: 'x' });
    expect(refused.status).toBe(503);
  });

  it('W7, W10: a lost connection is told to who watches, without asking again', async () => {
    const watched = await seed(server).agency().subaccount().device({ connected: true });
    const query =
      'subscription ($id: ID!, $after: EventCursor) { deviceStatusChanged(subaccountId: $id, after: $after) { status } }';
    const changes = watched.api.follow<{ status: string }>('deviceStatusChanged', query, {
      id: watched.subaccount.id,
      after: await cursorOf(watched.subaccount),
    });
    await watched.do('suspendDevice', { reason: 'W7' });
    await changes.first(({ status }) => status === 'SUSPENDED');
    changes.stop();
    const own = new DoorClient(server, 'wagy', bearer(watched.token));
    expect((await own.get(`/${watched.id}`)).body).toMatchObject({ data: { status: 'Paired (Offline)' } });
  });
});

describe('quota through the Wagy door', () => {
  it('W11, W12, W18: free and PRO are counted apart, for each device, with the date when PRO ends', async () => {
    const [one, other] = [await create('one'), await create('other')];
    await repack(device.subaccount, one.device_id, 'FREE');
    await repack(device.subaccount, other.device_id, 'FREE');
    const code = await createVoucher(device.subaccount, 500);
    expect((await office.post(`/${one.device_id}/voucher`, { code })).status).toBe(200);
    expect((await office.get(`/${one.device_id}/quota`)).body).toEqual({
      status: 'success',
      data: {
        free: { monthly_limit: 1000, used: 0, remaining: 1000, resets_at: expect.any(String) as string },
        pro: { total: 500, used: 0, remaining: 500, expires_at: expect.any(String) as string },
      },
      message: 'OK',
    });
    expect((await office.get(`/${other.device_id}/quota`)).body).toMatchObject({
      data: { free: { remaining: 1000 }, pro: { total: 0, used: 0, remaining: 0, expires_at: null } },
    });
  });

  it('W14: a free message carries the brand line, a PRO message does not', async () => {
    const shop = await seed(server).agency().subaccount().device({ connected: true });
    const customer = server.simulator.createPhone();
    const own = new DoorClient(server, 'wagy', bearer(shop.token));
    await repack(shop.subaccount, shop.id, 'FREE');
    await own.post(`/${shop.id}/send`, { phone: customer.number, message: 'for free' });
    await customer.waitForMessage(({ text }) => text === 'for free\nPowered by Trunkline', 30_000);
    const code = await createVoucher(shop.subaccount, 10);
    await new DoorClient(server, 'wagy', bearer(shop.api.token)).post(`/${shop.id}/voucher`, { code });
    await own.post(`/${shop.id}/send`, { phone: customer.number, message: 'for money' });
    await customer.waitForMessage(({ text }) => text === 'for money', 30_000);
  });

  it('W15: a webhook needs PRO, and removing one does not', async () => {
    const { device_id: id } = await create('hooked');
    await repack(device.subaccount, id, 'FREE');
    const put = (url: string | null) => office.call('PUT', `/${id}/webhook`, { json: { url } });
    const refused = await put('https://example.com/hook');
    expect(refused.status).toBe(403);
    expect(refused.body).toMatchObject({ status: 'error' });
    expect((await put(null)).body).toEqual({
      status: 'success',
      data: { url: null },
      message: 'Webhook removed',
    });
  });

  it('W41: a webhook is set only when its URL repeats the challenge; then its secret is shown, once', async () => {
    let honest = false;
    const receiver = createServer((request, response) => {
      const challenge = new URL(request.url ?? '/', 'http://receiver').searchParams.get('challenge') ?? '';
      response.writeHead(200, { 'content-type': 'text/plain' }).end(honest ? challenge : 'hello');
    });
    await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${String((receiver.address() as AddressInfo).port)}/hook`;
    const { device_id: id } = await create('challenged');
    const put = () => office.call('PUT', `/${id}/webhook`, { json: { url } });
    expect((await put()).status).toBe(400);
    honest = true;
    const first = await put();
    expect(first.body).toMatchObject({
      data: { url, secret: expect.any(String) as string },
      message: 'Webhook set',
    });
    expect((await put()).body).toEqual({ status: 'success', data: { url }, message: 'Webhook set' });
    expect((await office.get(`/${id}/webhook`)).body).toMatchObject({ data: { url } });
    receiver.closeAllConnections();
    await new Promise((resolve) => receiver.close(resolve));
  });
});

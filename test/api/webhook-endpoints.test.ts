import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.js';
import { seed } from '../support/seed.js';
import type { SeededSubaccount } from '../support/seed.js';
import type { SeededDevice } from '../support/seeded-device.js';
import { createWebhook, deliveriesTo } from '../support/seeded-webhook.js';
import { startTestServer } from '../support/server.js';
import type { TestServer } from '../support/server.js';
import { answers, WebhookReceiver } from '../support/webhook-receiver.js';
import type { Answering, ReceivedCall } from '../support/webhook-receiver.js';

let server: TestServer;
let receiver: WebhookReceiver;
/** Nobody may call it: its port is open, and no rule lets it through. */
let inner: WebhookReceiver;
let device: SeededDevice;
let subaccount: SeededSubaccount;

beforeAll(async () => {
  receiver = await WebhookReceiver.start();
  inner = await WebhookReceiver.start();
  server = await startTestServer({ env: { OUTBOUND_ALLOW: receiver.host } });
  device = await seed(server).agency().subaccount().device({ connected: true });
  subaccount = device.subaccount;
});
afterAll(async () => {
  await server.stop();
  await receiver[Symbol.asyncDispose]();
  await inner[Symbol.asyncDispose]();
});

const portOf = ({ host }: WebhookReceiver): string => host.split(':')[1] ?? '';

/** PORT is that of a server that listens on loopback and must hear nothing. */
const HOSTILE_URLS = [
  'https://127.0.0.1:PORT/',
  'https://127.1:PORT/',
  'https://2130706433:PORT/',
  'https://0x7f000001:PORT/',
  'https://0177.0.0.1:PORT/',
  'https://127.8.9.10:PORT/',
  'https://0.0.0.0:PORT/',
  'https://localhost:PORT/',
  'https://LOCALHOST.:PORT/',
  'https://app.localhost:PORT/',
  'https://[::1]:PORT/',
  'https://[::]:PORT/',
  'https://[::ffff:127.0.0.1]:PORT/',
  'https://[::ffff:7f00:1]:PORT/',
  'https://[64:ff9b::7f00:1]:PORT/',
  'https://[2002:7f00:1::]:PORT/',
  'https://[fe80::1]/',
  'https://[fd00:ec2::254]/',
  'https://[ff02::1]/',
  'https://10.0.0.1/',
  'https://172.16.0.1/',
  'https://192.168.0.1/',
  'https://100.64.0.1/',
  'https://169.254.169.254/latest/meta-data/',
  'https://198.18.0.1/',
  'https://224.0.0.1/',
  'https://255.255.255.255/',
  'https://8.8.8.8:6379/',
  'https://user:pass@example.com/',
  'http://127.0.0.1:PORT/',
  'http://example.com/',
  'ftp://127.0.0.1:PORT/',
  'file:///etc/passwd',
];

describe('a hostile URL', () => {
  it.each(HOSTILE_URLS)('is refused by name and never called: %s', async (template) => {
    const url = template.replace('PORT', portOf(inner));
    for (const [mutation, input] of [
      ['createWebhookEndpoint', { subaccountId: subaccount.id, url }],
      ['setDeviceWebhook', { deviceId: device.id, url }],
      ['setDeviceWebhook', { deviceId: device.id, url, dialect: 'WAGY' }],
    ] as const) {
      expect(await subaccount.api.mutationRefusal(mutation, input)).toMatchObject({
        code: 'BAD_USER_INPUT',
        reason: 'URL_NOT_ALLOWED',
        fields: ['input.url'],
      });
    }
  });

  it('of a name that leads inside reaches nobody, and fails like a dead one', async () => {
    // The name passes the first look; what it resolves to is checked where the connection is made.
    const { id } = await createWebhook(subaccount, {
      url: 'https://inner.invalid/',
      topics: ['DEVICE_UPDATED'],
    });
    await device.do('updateDevice', { label: 'another' });
    await eventually(async () => (await deliveriesTo(subaccount, id))[0]?.lastError).toBe('UNREACHABLE');
    await subaccount.api.mutate('deleteWebhookEndpoint', { webhookEndpointId: id }, '__typename');
  });

  it('made no connection at all', () => {
    expect(inner.calls).toEqual([]);
    expect(inner.connections).toBe(0);
  });
});

const SET = 'device { webhookUrl } webhookEndpoint { id dialect status } secret';
interface Set {
  readonly device: { readonly webhookUrl: string | null };
  readonly webhookEndpoint: { readonly id: string; readonly dialect: string; readonly status: string } | null;
  readonly secret: string | null;
}
const setWebhook = (input: object): Promise<Set> =>
  subaccount.api.mutate<Set>('setDeviceWebhook', { deviceId: device.id, ...input }, SET);

/** The message call on a path, in its own words. */
const wordsOf = (call: ReceivedCall | undefined): unknown => JSON.parse(call?.body ?? 'null');

const echoes: Answering = (call, response) => {
  const challenge = new URL(call.path, 'http://x').searchParams.get('challenge');
  response.writeHead(200, { 'content-type': 'text/plain' }).end(challenge ?? '');
};

describe('the webhook of a device', () => {
  it('is set, kept, changed and removed; its secret is shown once', async () => {
    receiver.answer = answers(200);
    const first = await setWebhook({ url: receiver.url('own') });
    expect(first.device.webhookUrl).toBe(receiver.url('own'));
    expect(first.secret).toMatch(/^whsec_/);
    expect(await setWebhook({ url: receiver.url('own') })).toEqual({ ...first, secret: null });
    const changed = await setWebhook({ url: receiver.url('own2') });
    expect(changed).toMatchObject({ webhookEndpoint: first.webhookEndpoint, secret: null });
    expect(await setWebhook({ url: null })).toEqual({
      device: { webhookUrl: null },
      webhookEndpoint: null,
      secret: null,
    });
  });

  it('in the WAGY dialect asks the URL first, and is signed with the hexadecimal HMAC of the body', async () => {
    receiver.answer = answers(200, 'not the challenge');
    const input = { deviceId: device.id, url: receiver.url('wagy'), dialect: 'WAGY' };
    expect(await subaccount.api.mutationRefusal('setDeviceWebhook', input)).toMatchObject({
      reason: 'WEBHOOK_CHALLENGE_FAILED',
      fields: ['input.url'],
    });
    expect(await device.read('webhookUrl')).toEqual({ webhookUrl: null });
    receiver.answer = echoes;
    const { secret } = await setWebhook({ url: receiver.url('wagy'), dialect: 'WAGY' });
    const customer = server.simulator.createPhone({ name: 'Budi' });
    await customer.sendText(device.phone.number, 'halo');
    const [call] = await receiver.receives('wagy', 1);
    expect(call?.headers['x-wagy-signature']).toBe(
      createHmac('sha256', secret ?? '')
        .update(call?.body ?? '')
        .digest('hex'),
    );
    expect(wordsOf(call)).toMatchObject({
      event: 'message.received',
      device_id: device.id,
      data: { pn_jid: `${customer.number}@s.whatsapp.net`, message: 'halo', is_edit: false, name: 'Budi' },
    });
    const { id } = await device.send({ to: customer.number, text: 'hai' });
    const told = (event: string) => receiver.callsTo('wagy').find((each) => each.body.includes(event));
    await eventually(() => ['message.sent', 'message.delivered'].every(told)).toBe(true);
    const sent = told('message.sent');
    expect(wordsOf(sent)).toMatchObject({ data: { id, status: 'SENT' } });
  });

  it('in the WHATSPIE dialect may answer with a message, which is sent', async () => {
    receiver.answer = answers(200, JSON.stringify({ type: 'chat', params: { text: 'terima kasih' } }));
    await setWebhook({ url: receiver.url('whatspie'), dialect: 'WHATSPIE' });
    const customer = server.simulator.createPhone({ name: 'Citra' });
    await customer.sendText(device.phone.number, 'pesan');
    const [call] = await receiver.receives('whatspie', 1);
    expect(wordsOf(call)).toMatchObject({
      message: 'pesan',
      from: customer.number,
      from_user: { name: 'Citra', jid: `${customer.number}@s.whatsapp.net` },
    });
    await customer.waitForMessage(({ text }) => text === 'terima kasih');
    expect(receiver.callsTo('whatspie')).toHaveLength(1);
  });

  it('in the WAPIZ dialect tells of incoming messages', async () => {
    receiver.answer = answers(200);
    await setWebhook({ url: receiver.url('wapiz'), dialect: 'WAPIZ' });
    const customer = server.simulator.createPhone();
    await customer.sendText(device.phone.number, 'masuk');
    const [call] = await receiver.receives('wapiz', 1);
    expect(wordsOf(call)).toMatchObject({
      event: 'message',
      message: { phone: customer.number, text: 'masuk' },
    });
    await setWebhook({ url: '' });
  });
});

describe('an endpoint', () => {
  it('is made once for one idempotency key, and shows one secret', async () => {
    const input = { url: receiver.url('once'), idempotencyKey: 'hook-1' };
    const first = await createWebhook(subaccount, input);
    expect(await createWebhook(subaccount, input)).toEqual(first);
  });

  it('hears only of its device and of its topics', async () => {
    receiver.answer = answers(200);
    const other = await seed(server).agency().subaccount().device();
    const own = await createWebhook(other.subaccount, {
      url: receiver.url('filtered'),
      deviceId: other.id,
      topics: ['DEVICE_UPDATED'],
    });
    await other.do('suspendDevice');
    await other.do('updateDevice', { label: 'heard' });
    const [call] = await receiver.receives('filtered', 1);
    expect(wordsOf(call)).toMatchObject({ topic: 'device.updated', data: { device: { label: 'heard' } } });
    expect(await deliveriesTo(other.subaccount, own.id)).toHaveLength(1);
  });
});

import { afterAll, beforeAll, expect, it } from 'vitest';
import { RowCounts } from '../support/row-counts.js';
import { seed } from '../support/seed.js';
import type { SeededDevice } from '../support/seeded-device.js';
import { startTestServer } from '../support/server.js';
import type { TestServer } from '../support/server.js';

let server: TestServer;
let rows: RowCounts;
beforeAll(async () => {
  server = await startTestServer({ timeouts: { qrTimeoutMs: 1_000 } });
  rows = await RowCounts.open(server);
});
afterAll(async () => {
  await rows[Symbol.asyncDispose]();
  await server.stop();
});

type Step = (device: SeededDevice) => unknown;

const connect: Step = (device) => device.connect();
const refuseLogins: Step = ({ phone }) => {
  server.simulator.faults.add({
    point: 'login',
    match: { number: phone.number },
    times: null,
    action: { kind: 'failure', reason: 503 },
  });
};
const neverAnswerLogins: Step = ({ phone }) => {
  const match = { number: phone.number };
  server.simulator.faults.add({ point: 'login', match, times: null, action: { kind: 'hang' } });
};
const drop: Step = (device) => device.link.disrupt({ kind: 'reset' });
const replace: Step = (device) =>
  device.link.disrupt({ kind: 'streamError', code: '440', conflict: 'replaced' });

/** How a device gets there. */
const ways: Readonly<Record<string, readonly Step[]>> = {
  NOT_PAIRED: [],
  PAIRING: [(device) => device.do('pairDevice')],
  PAIRING_EXPIRED: [(device) => device.do('pairDevice')],
  CONNECTING: [connect, neverAnswerLogins, (device) => device.do('reconnectDevice')],
  OFFLINE: [connect, refuseLogins, drop],
  LOGGED_OUT: [connect, (device) => device.do('logoutDevice')],
  REPLACED: [connect, replace],
  REJECTED: [rejected],
  BANNED: [connect, ({ phone }) => phone.setBanned(true)],
  SUSPENDED: [connect, (device) => device.do('suspendDevice')],
};

async function rejected(device: SeededDevice): Promise<void> {
  const holder = await seed(server).agency().subaccount().device({ connected: true });
  await holder.phone.scan(await device.showQr());
}

async function deviceThatIs(status: string): Promise<SeededDevice> {
  const device = await seed(server).agency().subaccount().device();
  for (const step of ways[status] ?? []) await step(device);
  await device.becomes(status);
  return device;
}

const refused = [
  ['NOT_PAIRED', 'DEVICE_NOT_PAIRED'],
  ['PAIRING', 'DEVICE_NOT_PAIRED'],
  ['PAIRING_EXPIRED', 'DEVICE_NOT_PAIRED'],
  ['LOGGED_OUT', 'DEVICE_LOGGED_OUT'],
  ['REJECTED', 'DEVICE_REJECTED'],
  ['BANNED', 'DEVICE_BANNED'],
  ['SUSPENDED', 'DEVICE_SUSPENDED'],
] as const;

it.each(refused)('a device that is %s takes no message: %s', async (status, reason) => {
  const device = await deviceThatIs(status);
  const before = await rows.of('message');
  for (const whenOffline of ['QUEUE', 'REJECT']) {
    const input = {
      deviceId: device.id,
      to: '6281200000001',
      text: 'hello',
      whenOffline,
      idempotencyKey: 'once',
    };
    expect(await device.api.mutationRefusal('sendMessage', input)).toMatchObject({
      code: 'INVALID_STATE',
      reason,
    });
  }
  expect(await rows.of('message')).toBe(before);
  expect(await device.messages()).toEqual([]);
});

it.each(['CONNECTING', 'OFFLINE', 'REPLACED'])(
  'a device that is %s lets a message wait, unless the caller will not have it wait',
  async (status) => {
    const device = await deviceThatIs(status);
    const to = server.simulator.createPhone().number;
    const input = { deviceId: device.id, to, text: 'now or never', whenOffline: 'REJECT' };
    expect(await device.api.mutationRefusal('sendMessage', input)).toMatchObject({
      code: 'UNAVAILABLE',
      reason: 'DEVICE_OFFLINE',
    });
    expect(await device.messages()).toEqual([]);
    expect(await device.send({ to, text: 'when you can' })).toMatchObject({ status: 'PENDING' });
  },
);

it('what waited leaves as soon as the device is connected', async () => {
  const device = await deviceThatIs('OFFLINE');
  const customer = server.simulator.createPhone();
  const { id } = await device.send({ to: customer.number, text: 'at last' });
  server.simulator.faults.clear();
  await device.do('reconnectDevice');
  await customer.waitForMessage(({ text }) => text === 'at last');
  await device.messageBecomes(id, 'READ');
});

import { afterAll, beforeAll, expect, it } from 'vitest';
import { RowCounts } from '../support/row-counts.js';
import { seed } from '../support/seed.js';
import type { SeededDevice } from '../support/seeded-device.js';
import { startTestServer } from '../support/server.js';
import type { TestServer } from '../support/server.js';

let server: TestServer;
let rows: RowCounts;
let device: SeededDevice;
beforeAll(async () => {
  server = await startTestServer();
  rows = await RowCounts.open(server);
  device = await seed(server).agency().subaccount().device({ connected: true });
});
afterAll(async () => {
  await rows[Symbol.asyncDispose]();
  await server.stop();
});

interface Accepted {
  readonly message: { readonly id: string; readonly whatsappId: string };
  readonly replayed: boolean;
}

const send = (input: object): Promise<Accepted> =>
  device.api.mutate<Accepted>(
    'sendMessage',
    { deviceId: device.id, ...input },
    'message { id whatsappId } replayed',
  );

/** Who is told that it took too long asks again, as every caller with a key may. */
async function insist(input: object): Promise<Accepted> {
  try {
    return await send(input);
  } catch (error) {
    if (error instanceof Error && error.message.includes('OPERATION_TIMED_OUT')) return insist(input);
    throw error;
  }
}

it('makes fifty equal sends at once one row and one stanza', async () => {
  const customer = server.simulator.createPhone();
  const before = await rows.of('message');
  const input = { to: customer.number, text: 'only once', idempotencyKey: 'order-17' };
  const answers = await Promise.all(Array.from({ length: 50 }, () => insist(input)));
  const [first] = answers;
  expect(new Set(answers.map(({ message }) => message.id)).size).toBe(1);
  expect(answers.filter(({ replayed }) => !replayed).length).toBeLessThanOrEqual(1);
  expect(await rows.of('message')).toBe(before + 1);

  await device.messageBecomes(first?.message.id ?? '', 'READ');
  expect(await send(input)).toMatchObject({ replayed: true, message: first?.message });
  expect(customer.inbox.map(({ text, copies }) => ({ text, copies }))).toEqual([
    { text: 'only once', copies: 1 },
  ]);
  const attempts = server.simulator.ledger.attempts({ to: customer.number });
  expect(attempts.map(({ id }) => id)).toEqual([first?.message.whatsappId]);
});

it.each([
  ['text', { text: 'other' }],
  ['recipient', { to: '6281200000002' }],
  ['expiry', { expiresInSeconds: 60 }],
])('refuses a used key with another %s', async (what, change) => {
  const input = { deviceId: device.id, to: '6281200000001', text: 'one', idempotencyKey: `key of ${what}` };
  await send(input);
  const before = await rows.of('message');
  expect(await device.api.mutationRefusal('sendMessage', { ...input, ...change })).toMatchObject({
    code: 'CONFLICT',
    reason: 'IDEMPOTENCY_KEY_REUSED',
  });
  expect(await rows.of('message')).toBe(before);
});

it('belongs to a subaccount: another one may use the same key', async () => {
  const other = await seed(server).agency().subaccount().device({ connected: true });
  const input = { to: '6281200000001', text: 'hello', idempotencyKey: 'shared' };
  const mine = await send(input);
  const theirs = await other.send(input);
  expect(theirs.id).not.toBe(mine.message.id);
});

it('shows the same token again when a device is created again', async () => {
  const { api, id: subaccountId } = device.subaccount;
  const input = { subaccountId, label: 'Front desk', idempotencyKey: 'desk' };
  const create = () =>
    api.mutate<{ device: { id: string }; token: string }>('createDevice', input, 'device { id } token');
  const before = await rows.of('device');
  const [first, ...others] = await Promise.all(Array.from({ length: 10 }, create));
  for (const other of others) expect(other).toEqual(first);
  expect(await rows.of('device')).toBe(before + 1);
  expect(await api.as(first?.token ?? '').ask('{ viewer { kind } }')).toEqual({
    viewer: { kind: 'DEVICE_TOKEN' },
  });
  expect(await api.mutationRefusal('createDevice', { ...input, label: 'Back desk' })).toMatchObject({
    reason: 'IDEMPOTENCY_KEY_REUSED',
  });
});

it('creates one agency and one subaccount for one key', async () => {
  const operator = device.api.as(server.operatorKey);
  const founding = {
    name: 'Once',
    ownerEmail: 'once@example.com',
    ownerPassword: 'long enough to be safe',
    idempotencyKey: 'founding',
  };
  const found = () => operator.mutate<{ agency: { id: string } }>('createAgency', founding, 'agency { id }');
  const [agency, again] = [await found(), await found()];
  expect(again).toEqual(agency);

  const { agency: own } = device.subaccount;
  const client = { agencyId: own.id, name: 'Client', idempotencyKey: 'client' };
  const add = () =>
    own.api.mutate<{ subaccount: { id: string } }>('createSubaccount', client, 'subaccount { id }');
  expect(await Promise.all([add(), add(), add()])).toEqual(Array<unknown>(3).fill(await add()));
});

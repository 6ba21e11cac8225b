import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually } from '../support/eventually.js';
import { seed } from '../support/seed.js';
import type { SeededDevice } from '../support/seeded-device.js';
import { startTestServer } from '../support/server.js';
import type { TestServer } from '../support/server.js';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

const DEVICE = 'query ($id: ID!) { device(id: $id) { id label } }';

async function regenerate(device: SeededDevice, input: object = {}): Promise<string> {
  const { token } = await device.api.mutate<{ token: string }>(
    'regenerateDeviceToken',
    { deviceId: device.id, ...input },
    'token',
  );
  return token;
}

it('is a token that reads and sends with its device', async () => {
  const device = await seed(server).agency().subaccount().device({ connected: true, label: 'Sales' });
  const own = device.api.as(device.token);
  expect(device.token).toMatch(/^tl_dev_/);
  expect(await own.ask(DEVICE, { id: device.id })).toEqual({ device: { id: device.id, label: 'Sales' } });
  const customer = server.simulator.createPhone();
  await own.mutate(
    'sendMessage',
    { deviceId: device.id, to: customer.number, text: 'hello' },
    'message { id }',
  );
  await customer.waitForMessage(({ text }) => text === 'hello', 10_000);
});

it('opens nothing beside its own device', async () => {
  const subaccount = seed(server).agency().subaccount();
  const device = await subaccount.device();
  const sister = await subaccount.device({ connected: true });
  const own = device.api.as(device.token);
  expect(await own.refusal(DEVICE, { id: sister.id })).toMatchObject({ code: 'NOT_FOUND' });
  const message = { deviceId: sister.id, to: sister.phone.number, text: 'not mine' };
  expect(await own.mutationRefusal('sendMessage', message)).toMatchObject({ code: 'NOT_FOUND' });
  expect(await own.mutationRefusal('deleteDevice', { deviceId: device.id })).toMatchObject({
    code: 'FORBIDDEN',
    reason: 'ACTION_NOT_ALLOWED',
  });
  const { id } = await sister.send({ to: device.phone.number, text: 'private' });
  expect(await own.refusal('query ($id: ID!) { message(id: $id) { text } }', { id })).toMatchObject({
    code: 'NOT_FOUND',
  });
});

it('stops at once when a new one is made', async () => {
  const device = await seed(server).agency().subaccount().device();
  const token = await regenerate(device);
  expect(await device.api.as(device.token).refusal(DEVICE, { id: device.id })).toMatchObject({
    status: 401,
    code: 'UNAUTHENTICATED',
    reason: 'TOKEN_INVALID',
  });
  expect(await device.api.as(token).ask(DEVICE, { id: device.id })).toBeDefined();
});

it('works on for the seconds of grace, and no longer', async () => {
  const device = await seed(server).agency().subaccount().device();
  const token = await regenerate(device, { graceSeconds: 2 });
  const old = device.api.as(device.token);
  expect(await old.ask(DEVICE, { id: device.id })).toBeDefined();
  await eventually(() =>
    old.refusal(DEVICE, { id: device.id }).then(
      ({ code }) => code,
      () => 'still valid',
    ),
  ).toBe('UNAUTHENTICATED');
  expect(await device.api.as(token).ask(DEVICE, { id: device.id })).toBeDefined();
});

import { afterEach, beforeEach, expect, test } from 'vitest';
import { Fixture } from './fixture.js';
import type { StockClient } from './stock-client.js';

let fixture: Fixture;
let client: StockClient;
let code: string;

beforeEach(async () => {
  fixture = await Fixture.start();
  client = fixture.client().connect();
  await client.until(() => client.updates.some((update) => update.qr), 'a QR code');
  code = await client.socket.requestPairingCode(fixture.owner.number);
  await fixture.owner.codeRequested();
});

afterEach(() => fixture.close());

test('the right code links the device', async () => {
  const [device] = await Promise.all([fixture.owner.enterCode(code), client.closed()]);
  expect(device.jid).toBe(`${fixture.owner.number}:1@s.whatsapp.net`);
  expect(client.auth.creds.registered).toBe(true);
  await client.reconnect();
  await client.sendText(fixture.customer.number, 'paired by code');
  await fixture.customer.waitForMessage((message) => message.text === 'paired by code');
});

test('a wrong code is refused, and the right one still works afterwards', async () => {
  await expect(fixture.owner.enterCode('WRONGONE')).rejects.toThrow('wrong code');
  expect(fixture.owner.devices).toHaveLength(0);
  await expect(fixture.customer.enterCode(code)).rejects.toThrow('nobody asked');
  const [device] = await Promise.all([fixture.owner.enterCode(code), client.closed()]);
  expect(device.id).toBe(1);
});

test('an abandoned pairing by code is refused with 401 at the next connection', async () => {
  await client.leave();
  client.updates.length = 0;
  client.connect();
  expect(await client.closed()).toMatchObject({ code: 401 });
});

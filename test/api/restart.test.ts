import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Phone } from '../../src/simulator/index.js';
import { eventually } from '../support/eventually.js';
import { MovableClock } from '../support/movable-clock.js';
import { cursorOf, seed } from '../support/seed.js';
import type { SeededDevice } from '../support/seeded-device.js';
import { startTestServer } from '../support/server.js';
import type { TestServer } from '../support/server.js';

vi.setConfig({ testTimeout: 60_000 });

let clock: MovableClock;
let server: TestServer;
let device: SeededDevice;
let customer: Phone;
beforeEach(async () => {
  clock = new MovableClock();
  server = await startTestServer({ clock });
  device = await seed(server).agency().subaccount().device({ connected: true });
  customer = server.simulator.createPhone();
});
afterEach(() => server.stop());

/** WhatsApp answers no login of the number any more, until the faults are cleared. */
async function lockOut(): Promise<void> {
  const match = { number: device.phone.number };
  server.simulator.faults.add({ point: 'login', match, times: null, action: { kind: 'hang' } });
  await device.do('reconnectDevice');
  await device.becomes('CONNECTING');
}

it('messages that were queued when the server stopped go out after its start, in order and once', async () => {
  await lockOut();
  const texts = ['one', 'two', 'three', 'four', 'five'];
  const ids: string[] = [];
  for (const text of texts) ids.push((await device.send({ to: customer.number, text })).id);
  await server.stopApp();
  server.simulator.faults.clear();
  await server.restart();

  await customer.waitForMessage(({ text }) => text === 'five');
  for (const id of ids) await device.messageBecomes(id, 'READ');
  expect(customer.inbox.map(({ text, copies }) => ({ text, copies }))).toEqual(
    texts.map((text) => ({ text, copies: 1 })),
  );
  expect(device.phone.devices).toHaveLength(1);
});

it('a message that expired while the server was down is not sent', async () => {
  await lockOut();
  const late = await device.send({ to: customer.number, text: 'too late', expiresInSeconds: 60 });
  const fine = await device.send({ to: customer.number, text: 'still good', expiresInSeconds: 3_600 });
  await server.stopApp();
  clock.advance(61_000);
  server.simulator.faults.clear();
  await server.restart();

  await device.messageBecomes(fine.id, 'READ');
  const expired = await device.messageBecomes(late.id, 'EXPIRED');
  expect(expired.failure).toEqual({ code: 'EXPIRED', detail: 'its device was not connected' });
  expect(customer.inbox.map(({ text }) => text)).toEqual(['still good']);
  const attempts = server.simulator.ledger.attempts({ to: customer.number });
  expect(attempts.map(({ id }) => id)).not.toContain(expired.whatsappId);
});

it('what customers wrote while the server was down arrives after its start', async () => {
  await server.stopApp();
  await customer.sendText(device.phone.number, 'are you open?');
  await server.restart();
  const { id } = await device.messageWith('are you open?');
  const query = 'query ($id: ID!) { message(id: $id) { direction caughtUp } }';
  expect(await device.api.ask(query, { id })).toEqual({ message: { direction: 'INBOUND', caughtUp: true } });
});

it('a pairing goes on over a restart', async () => {
  const fresh = await seed(server).agency().subaccount().device();
  const before = await fresh.showQr();
  await server.restart();
  const pairing = fresh.followPairing();
  const { qr } = await pairing.first((each) => each.qr !== null && each.qr !== before);
  await fresh.phone.scan(qr ?? '');
  await pairing.first((each) => each.state === 'SUCCEEDED');
  await fresh.becomes('CONNECTED');
});

it('a watcher is sent away with 1001 and goes on behind its cursor at the next start', async () => {
  const { id, api } = device.subaccount;
  const query = `subscription ($id: ID!, $after: EventCursor) {
    messageReceived(subaccountId: $id, after: $after) { cursor message { text } } }`;
  interface Received {
    readonly cursor: string;
    readonly message: { readonly text: string };
  }
  const watch = (after: string) =>
    api.as(api.token).follow<Received>('messageReceived', query, { id, after });
  const first = watch(await cursorOf(device.subaccount));
  await customer.sendText(device.phone.number, 'before');
  const { cursor } = await first.first(({ message }) => message.text === 'before');
  await server.stopApp();
  await eventually(() => first.failure).toMatchObject({ code: 1001 });

  await customer.sendText(device.phone.number, 'meanwhile');
  await server.restart();
  const second = watch(cursor);
  await customer.sendText(device.phone.number, 'after');
  await second.atLeast(2);
  second.stop();
  expect(second.items.map(({ message }) => message.text)).toEqual(['meanwhile', 'after']);
});

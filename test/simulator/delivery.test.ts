import { afterEach, beforeEach, expect, test } from 'vitest';
import { Fixture } from './fixture.js';

let fixture: Fixture;

beforeEach(async () => {
  fixture = await Fixture.start();
});

afterEach(() => fixture.close());

test('what came while the client was away is delivered as caught up', async () => {
  const { owner, customer } = fixture;
  const { client, device } = await fixture.paired();
  await client.leave();
  await expect.poll(() => device.connected).toBe(false);
  await customer.sendText(owner.number, 'while you were away');
  await client.reconnect();
  const { type } = await client.receivedText('while you were away');
  expect(type).toBe('append');
});

test('a message without an answer is written again after the next login, an answered one is not', async () => {
  const { owner, customer, simulator } = fixture;
  const { client, device } = await fixture.paired();
  const { id } = await customer.sendText(owner.number, 'answered');
  await client.receivedText('answered');
  await simulator.ledger.waitFor((entry) => entry.tag === 'receipt' && entry.id === id);
  simulator.faults.add({ point: 'delivery', action: { kind: 'reset' } });
  const lost = await customer.sendText(owner.number, 'lost on the way');
  expect(await client.closed()).toMatchObject({ code: 428 });
  expect(device.queue.size).toBeGreaterThan(0);
  await client.reconnect();
  await client.receivedText('lost on the way');
  const written = simulator.ledger
    .entries()
    .filter((entry) => entry.direction === 'out' && entry.tag === 'message');
  expect(written.filter((entry) => entry.id === id)).toHaveLength(1);
  expect(written.filter((entry) => entry.id === lost.id)).toEqual([
    expect.objectContaining({ offline: true }),
  ]);
});

test('a phone without a connection answers with receipts once it is back', async () => {
  const { customer } = fixture;
  const { client } = await fixture.paired();
  customer.goOffline();
  const id = await client.sendText(customer.number, 'are you there?');
  await fixture.simulator.ledger.waitFor((entry) => entry.id === id && entry.ackedAt !== undefined);
  expect(customer.inbox).toHaveLength(0);
  customer.goOnline();
  await customer.waitForMessage((message) => message.id === id);
  await client.status(id, 3);
});

test('a phone that cannot decrypt asks again and gets the same message under the same id', async () => {
  const { customer, simulator } = fixture;
  const { client } = await fixture.paired();
  simulator.faults.add({ point: 'decrypt', match: { number: customer.number }, action: { kind: 'corrupt' } });
  const id = await client.sendText(customer.number, 'once more');
  const received = await customer.waitForMessage((message) => message.id === id);
  expect(received.text).toBe('once more');
  expect(simulator.ledger.attempts({ id }).length).toBeGreaterThan(1);
  expect(simulator.ledger.sent({ id })).toHaveLength(1);
  expect(simulator.ledger.reusedKeys()).toEqual([]);
});

test('a client that cannot decrypt asks again and gets the same message under the same id', async () => {
  const { owner, customer, simulator } = fixture;
  const { client } = await fixture.paired();
  await customer.sendText(owner.number, 'readable');
  await client.receivedText('readable');
  simulator.faults.add({ point: 'delivery', match: { number: owner.number }, action: { kind: 'corrupt' } });
  const { id } = await customer.sendText(owner.number, 'garbled at first');
  const { message } = await client.receivedText('garbled at first');
  expect(message.key.id).toBe(id);
  expect(client.received.some((each) => each.message.key.id === id && each.message.messageStubType)).toBe(
    true,
  );
});

test('a second linked device gets what the first one sends, and both get what comes in', async () => {
  const { owner, customer } = fixture;
  const first = (await fixture.paired()).client;
  const second = (await fixture.paired()).client;
  expect(owner.devices).toHaveLength(2);
  const id = await first.sendText(customer.number, 'from the first');
  const { message } = await second.receivedText('from the first');
  expect(message.key).toMatchObject({ id, fromMe: true });
  await customer.sendText(owner.number, 'for both');
  await Promise.all([first.receivedText('for both'), second.receivedText('for both')]);
});

test('two stock clients talk to each other', async () => {
  const { owner, customer } = fixture;
  const { client: here } = await fixture.paired();
  const { client: there } = await fixture.paired({}, customer);
  const id = await here.sendText(customer.number, 'from client to client');
  await there.receivedText('from client to client');
  await here.status(id, 3);
  await there.sendText(owner.number, 'and back');
  await here.receivedText('and back');
});

test('a client that uploads its keys in full can be written to as well', async () => {
  await fixture.close();
  fixture = await Fixture.start({ cheapPrekeys: false });
  const { client, device } = await fixture.paired();
  expect(device.bundle.oneTimeKeyCount).toBeGreaterThan(700);
  await fixture.customer.sendText(fixture.owner.number, 'with a one-time key');
  await client.receivedText('with a one-time key');
});

test('the first login ends with history and shared settings', async () => {
  await fixture.close();
  fixture = await Fixture.start();
  const client = fixture.client({ shouldSyncHistoryMessage: () => true });
  await client.pair(fixture.owner);
  await client.until(() => client.auth.creds.accountSyncCounter > 0, 'the end of the first sync');
  await client.until(() => client.auth.creds.me?.name === 'Owner', 'the push name');
});

import { afterAll, beforeAll, expect, test } from 'vitest';
import { Fixture } from './fixture.js';
import type { StockClient } from './stock-client.js';

const DEVICES = 24;

let fixture: Fixture;
let clients: StockClient[];

beforeAll(async () => {
  fixture = await Fixture.start({ firstSync: false });
  const phones = Array.from({ length: DEVICES }, () => fixture.simulator.createPhone());
  clients = await Promise.all(phones.map(async (phone) => (await fixture.paired({}, phone)).client));
});

afterAll(() => fixture.close());

test('many devices send at the same time: each message once, in order, no key twice', async () => {
  const { customer, simulator } = fixture;
  const rounds = ['first', 'second', 'third'];
  await Promise.all(
    clients.map(async (client) => {
      for (const text of rounds) await client.sendText(customer.number, text);
    }),
  );
  await expect.poll(() => customer.inbox.length, { timeout: 10_000 }).toBe(DEVICES * rounds.length);
  for (const phone of simulator.phones.filter((each) => each.devices.length > 0)) {
    const texts = customer.inbox.filter(({ from }) => from === phone.number).map(({ text }) => text);
    expect(texts).toEqual(rounds);
  }
  expect(simulator.ledger.sent({ to: customer.number })).toHaveLength(DEVICES * rounds.length);
  expect(simulator.ledger.reusedKeys()).toEqual([]);
  expect(simulator.ledger.doubleConnections()).toEqual([]);
});

test('a restored ratchet that encrypts another message is found as a reused key', async () => {
  const [client] = clients;
  if (!client) throw new Error('no client');
  const { customer, simulator } = fixture;
  await client.sendText(customer.number, 'before the backup');
  const backup = client.auth.snapshot();
  await client.sendText(customer.number, 'after the backup');
  client.auth.restore(backup);
  const last = await client.sendText(customer.number, 'with the old ratchet');
  await simulator.ledger.waitFor((entry) => entry.id === last);
  expect(simulator.ledger.reusedKeys().length).toBeGreaterThan(0);
});

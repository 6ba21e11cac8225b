import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Phone } from '../../src/simulator/index.js';
import { eventually, succeeds } from '../support/eventually.js';
import { cursorOf, seed } from '../support/seed.js';
import type { SeededDevice } from '../support/seeded-device.js';
import { startFaultyServer } from './support/faulty-server.js';
import type { FaultyServer } from './support/faulty-server.js';
import { insistOnSending } from './support/insisting-sender.js';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

const ANSWER_LIMIT_MS = 2_000;

let faulty: FaultyServer;
let device: SeededDevice;
let customer: Phone;
beforeEach(async () => {
  faulty = await startFaultyServer();
  device = await seed(faulty.server).agency().subaccount().device({ connected: true });
  customer = faulty.simulator.createPhone();
});
afterEach(() => faulty[Symbol.asyncDispose]());

const texts = (): string[] => customer.inbox.map(({ text }) => text);
const connections = () => faulty.simulator.ledger.connections({ accountNumber: device.phone.number });
const written = () => faulty.simulator.ledger.attempts({ accountNumber: device.phone.number });

async function refused(query: string, variables: Record<string, unknown>): Promise<void> {
  const askedAt = performance.now();
  const { status, data, errors } = await faulty.server.graphql(query, variables, device.api.token);
  expect(performance.now() - askedAt).toBeLessThan(ANSWER_LIMIT_MS);
  expect(errors[0]?.extensions).toMatchObject({
    code: 'UNAVAILABLE',
    reason: 'DATABASE_UNAVAILABLE',
    retryable: true,
  });
  expect(JSON.stringify(errors)).not.toMatch(/node_modules|\bat .*:\d+:\d+|ECONN|pg_|127\.0\.0\.1/);
  expect(Object.values(data ?? {}).every((value) => value === null)).toBe(true);
  expect([200, 503]).toContain(status);
}

const SEND = 'mutation ($input: SendMessageInput!) { sendMessage(input: $input) { message { id } } }';
const READ = 'query ($id: ID!) { device(id: $id) { status } }';

async function isAway(): Promise<void> {
  const input = { deviceId: device.id, to: `+${customer.number}`, text: 'meanwhile', idempotencyKey: 'k' };
  for (let time = 0; time < 3; time += 1) {
    await Promise.all([refused(SEND, { input }), refused(READ, { id: device.id })]);
  }
  expect((await fetch(new URL('/health/ready', faulty.server.url))).status).toBe(503);
  expect((await fetch(new URL('/health/live', faulty.server.url))).status).toBe(200);
}

/** After the outage, with nobody's help: the API, the device, and what a customer wrote meanwhile. */
async function isWell(): Promise<void> {
  const signal = AbortSignal.timeout(60_000);
  await insistOnSending(device, { to: customer.number, text: 'again' }, signal);
  await customer.waitForMessage(({ text }) => text === 'again', 60_000);
  expect(texts()).toEqual(['again']);
  await succeeds(async () => {
    const messages = await device.messages();
    expect(messages.filter(({ text }) => text === 'are you there?')).toHaveLength(1);
  });
  await device.becomes('CONNECTED');
}

describe('a PostgreSQL that is out of reach', () => {
  it.each(['refuses', 'is silent'])(
    'and %s is told of at once, costs no socket, lets nothing out, and is forgotten when it is back',
    async (how) => {
      if (how === 'refuses') faulty.database.down();
      else faulty.database.swallow();
      await isAway();
      expect(connections()).toHaveLength(1);
      expect(device.link.connected).toBe(true);

      // Not stored, so not acknowledged: WhatsApp keeps it.
      await customer.sendText(device.phone.number, 'are you there?');
      await isAway();
      expect(written()).toEqual([]);

      faulty.database.pass();
      await isWell();
      expect(faulty.simulator.ledger.doubleConnections()).toEqual([]);
    },
  );
});

describe('a PostgreSQL that is restarted', () => {
  it('again and again under load: what was accepted reaches its customer, each once and in order', async () => {
    const signal = AbortSignal.timeout(90_000);
    const customers = Array.from({ length: 4 }, () => faulty.simulator.createPhone());
    let accepted = 0;
    const lanes = customers.map(async ({ number }, lane) => {
      for (let turn = 0; turn < 15; turn += 1) {
        await insistOnSending(device, { to: number, text: `${lane}/${turn}` }, signal);
        accepted += 1;
        if (accepted % 12 === 0) faulty.database.reset();
      }
    });
    await Promise.all(lanes);
    for (const [lane, phone] of customers.entries()) {
      await phone.waitForMessage(({ text }) => text === `${lane}/14`, 60_000);
      const expected = Array.from({ length: 15 }, (_, turn) => `${lane}/${turn}`);
      expect([...new Set(phone.inbox.map(({ text }) => text))]).toEqual(expected);
    }
    expect(faulty.simulator.ledger.reusedKeys()).toEqual([]);
    const ids = faulty.simulator.ledger.sent({ accountNumber: device.phone.number }).map(({ id }) => id);
    expect(new Set(ids).size).toBe(60);
  });

  it('is not noticed by a watcher: its subscription goes on behind what it has seen', async () => {
    const { id, api } = device.subaccount;
    const query = `subscription ($id: ID!, $after: EventCursor) {
      messageReceived(subaccountId: $id, after: $after) { message { text } } }`;
    const after = await cursorOf(device.subaccount);
    const watch = api.follow<{ message: { text: string } }>('messageReceived', query, { id, after });
    await customer.sendText(device.phone.number, 'one');
    await watch.atLeast(1);
    faulty.database.reset();
    await customer.sendText(device.phone.number, 'two');
    await eventually(() => watch.items.map(({ message }) => message.text)).toEqual(['one', 'two']);
    expect(watch.failure).toBeNull();
    watch.stop();
  });
});

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Phone } from '../../src/simulator/index.js';
import { eventually, succeeds } from '../support/eventually.js';
import { cursorOf, seed } from '../support/seed.js';
import type { SeededDevice } from '../support/seeded-device.js';
import type { Stream } from '../support/stream.js';
import { startFaultyServer } from './support/faulty-server.js';
import type { FaultyServer } from './support/faulty-server.js';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

/** As WhatsApp's own, only shorter. */
const timeouts = {
  connectTimeoutMs: 1_000,
  loginTimeoutMs: 2_000,
  ackTimeoutMs: 2_000,
  pingIntervalMs: 500,
  pingTimeoutMs: 1_000,
};

let faulty: FaultyServer;
let device: SeededDevice;
let customer: Phone;
beforeEach(async () => {
  faulty = await startFaultyServer({ timeouts });
  device = await seed(faulty.server).agency().subaccount().device({ connected: true });
  customer = faulty.simulator.createPhone();
});
afterEach(() => faulty[Symbol.asyncDispose]());

const connections = () => faulty.simulator.ledger.connections({ accountNumber: device.phone.number });

/** Waits until the last session ended for this reason. */
async function endsBecause(reason: string): Promise<void> {
  await eventually(() => device.read('lastDisconnectReason')).toEqual({ lastDisconnectReason: reason });
}

/** Every change of status from now on. */
async function followStatus(): Promise<Stream<{ readonly status: string }>> {
  const { id, api } = device.subaccount;
  const query = `subscription ($id: ID!, $after: EventCursor) {
    deviceStatusChanged(subaccountId: $id, after: $after) { status } }`;
  return api.follow('deviceStatusChanged', query, { id, after: await cursorOf(device.subaccount) });
}

/** Both ways, each once, with nothing that was used twice. */
async function talksAgain(): Promise<void> {
  await device.becomes('CONNECTED');
  const { id } = await device.send({ to: customer.number, text: 'can you hear me?' });
  await customer.waitForMessage(({ text }) => text === 'can you hear me?', 60_000);
  await customer.sendText(device.phone.number, 'loud and clear');
  await device.messageWith('loud and clear');
  await device.messageBecomes(id, 'READ');
  expect(customer.inbox.map(({ copies }) => copies)).toEqual([1]);
  expect(faulty.simulator.ledger.reusedKeys()).toEqual([]);
}

describe('the network to WhatsApp', () => {
  it('that swallows everything: the deaf socket is found, told, and opened again', async () => {
    const watch = await followStatus();
    faulty.whatsapp.swallow();
    await endsBecause('DEAF');
    faulty.whatsapp.pass();
    await talksAgain();
    expect(watch.items.map(({ status }) => status)).toEqual(
      expect.arrayContaining(['CONNECTING', 'CONNECTED']),
    );
    watch.stop();
  });

  it('that is cut: the device is connected again, and what was sent meanwhile arrives', async () => {
    faulty.whatsapp.down();
    const { id } = await device.send({ to: customer.number, text: 'on its way' });
    await eventually(() => device.status()).not.toBe('CONNECTED');
    expect(await device.message(id)).toMatchObject({ status: 'PENDING', failure: null });
    faulty.whatsapp.pass();
    await customer.waitForMessage(({ text }) => text === 'on its way', 60_000);
    await device.messageBecomes(id, 'READ');
    expect(faulty.simulator.ledger.doubleConnections()).toEqual([]);
  });

  it('that is slow and uneven costs time alone: nothing fails, nothing is doubled', async () => {
    let turn = 0;
    faulty.whatsapp.delay(() => 100 + 50 * (turn++ % 4));
    const ids: string[] = [];
    for (const text of ['one', 'two', 'three']) {
      ids.push((await device.send({ to: customer.number, text })).id);
    }
    await customer.waitForMessage(({ text }) => text === 'three', 60_000);
    for (const id of ids) await device.messageBecomes(id, 'READ');
    expect(customer.inbox.map(({ text, copies }) => ({ text, copies }))).toEqual(
      ['one', 'two', 'three'].map((text) => ({ text, copies: 1 })),
    );
    expect(connections()).toHaveLength(1);
  });

  it('that loses the ack: the message shows that its outcome is unknown, and is there once in the end', async () => {
    const rule = { point: 'ack', match: { number: device.phone.number }, times: 1 } as const;
    faulty.simulator.faults.add({ ...rule, action: { kind: 'freeze' } });
    const { id } = await device.send({ to: customer.number, text: 'did it leave?' });
    await customer.waitForMessage(({ text }) => text === 'did it leave?', 60_000);
    await succeeds(async () => {
      expect(['SENT', 'DELIVERED', 'READ']).toContain((await device.message(id)).status);
    });
    const attempts = faulty.simulator.ledger.attempts({ to: customer.number });
    expect(new Set(attempts.map((attempt) => attempt.id)).size).toBe(1);
    expect(customer.inbox).toHaveLength(1);
    expect(faulty.simulator.ledger.reusedKeys()).toEqual([]);
  });
});

describe('a WhatsApp that does not let the device in', () => {
  it.each([
    ['answers HTTP 503 to the upgrade', { kind: 'http', status: 503 }, 'UPGRADE_REFUSED'],
    ['never answers the upgrade', { kind: 'hang' }, 'CONNECT_TIMED_OUT'],
  ] as const)('because it %s is asked again, with pauses, until it does', async (_how, action, reason) => {
    faulty.simulator.faults.add({ point: 'upgrade', times: null, action });
    faulty.whatsapp.reset();
    const since = faulty.whatsapp.accepted;
    await endsBecause(reason);
    expect(faulty.whatsapp.accepted - since).toBeLessThanOrEqual(4);
    faulty.simulator.faults.clear();
    await talksAgain();
  });
});

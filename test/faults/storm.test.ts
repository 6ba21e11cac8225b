import { afterEach, expect, it, vi } from 'vitest';
import { eventually } from '../support/eventually.js';
import { seed } from '../support/seed.js';
import { startFaultyServer } from './support/faulty-server.js';
import type { FaultyServer } from './support/faulty-server.js';

vi.setConfig({ testTimeout: 240_000, hookTimeout: 60_000 });

const DEVICES = 12;
const CONNECTS_PER_SECOND = 2;
/** The first tries fall together with the restart; the pauses after them grow. */
const PATIENCE = { timeout: 120_000, interval: 25 };

let faulty: FaultyServer;
afterEach(() => faulty[Symbol.asyncDispose]());

it('a restart of WhatsApp under many devices: all come back, spaced out, and nothing is lost', async () => {
  faulty = await startFaultyServer({ env: { CONNECTS_PER_SECOND: String(CONNECTS_PER_SECOND) } });
  const { simulator, whatsapp } = faulty;
  const subaccount = seed(faulty.server).agency().subaccount();
  const devices = await Promise.all(
    Array.from({ length: DEVICES }, () => subaccount.device({ connected: true })),
  );
  const open = () => simulator.ledger.connections().filter(({ closedAt }) => closedAt === undefined);
  expect(open()).toHaveLength(DEVICES);
  const customer = simulator.createPhone();

  whatsapp.down();
  const downAt = Date.now();
  await eventually(open).toEqual([]);
  const sent = devices.map((device, number) =>
    device.send({ to: customer.number, text: `meanwhile ${number}` }),
  );
  await Promise.all(sent);
  whatsapp.pass();

  await expect.poll(() => open().length, PATIENCE).toBe(DEVICES);
  const lastAt = Math.max(...open().map(({ openedAt }) => openedAt));
  expect(lastAt - downAt).toBeGreaterThanOrEqual(((DEVICES - 1) / CONNECTS_PER_SECOND) * 1_000);
  await Promise.all(devices.map((device) => device.becomes('CONNECTED')));
  await expect.poll(() => customer.inbox.length, PATIENCE).toBe(DEVICES);
  expect(customer.inbox.map(({ copies }) => copies)).toEqual(customer.inbox.map(() => 1));
  expect(simulator.ledger.doubleConnections()).toEqual([]);
  expect(devices.map(({ phone }) => phone.devices.length)).toEqual(devices.map(() => 1));
});

import { afterEach, expect, it, vi } from 'vitest';
import { MovableClock } from '../support/movable-clock.js';
import { eventually } from '../support/eventually.js';
import { seed } from '../support/seed.js';
import type { SeededDevice } from '../support/seeded-device.js';
import type { TestServer } from '../support/server.js';
import { startFaultyServer } from './support/faulty-server.js';
import type { FaultyServer } from './support/faulty-server.js';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

const HOUR_MS = 3_600_000;
/** A process that another machine's work keeps waiting for some seconds must not lose its leases here. */
const LEASE_TTL_MS = 10_000;
const env = { LEASE_TTL_SECONDS: String(LEASE_TTL_MS / 1_000) };

let faulty: FaultyServer;
afterEach(() => faulty[Symbol.asyncDispose]());

const connectionsOf = ({ phone }: SeededDevice) =>
  faulty.simulator.ledger.connections({ accountNumber: phone.number });

/** Which process holds the shard of the device, by the database. */
async function ownerOf(device: SeededDevice): Promise<string | null> {
  const [row] = await faulty.rows<{ owner: string | null }>(
    `select l.owner from shard_lease l join device d on d.shard = l.shard
     join active_number n on n.device_id = d.id where n.phone_number = $1`,
    [device.phone.number],
  );
  return row?.owner ?? null;
}

/** For as long as the process of the device is cut off. */
async function sendThrough(server: TestServer, device: SeededDevice, to: string, text: string) {
  const query = 'mutation ($input: SendMessageInput!) { sendMessage(input: $input) { message { id } } }';
  const input = { deviceId: device.id, to, text };
  const { errors } = await server.graphql(query, { input }, device.api.token);
  expect(errors).toEqual([]);
}

it.each(['held up', 'cut'])(
  'a process whose network to PostgreSQL is %s closes its sockets before another one opens them',
  async (how) => {
    faulty = await startFaultyServer({ env: { ...env, NODE_NAME: 'isolated' } });
    const device = await seed(faulty.server).agency().subaccount().device({ connected: true });
    const customer = faulty.simulator.createPhone();
    expect(await ownerOf(device)).toBe('isolated');

    if (how === 'cut') faulty.database.down();
    else faulty.database.hold();
    const neighbour = await faulty.startNeighbour({ env: { NODE_NAME: 'heir' } });
    await eventually(() => connectionsOf(device).length).toBe(2);
    const [first, second] = connectionsOf(device);
    expect(first?.closedAt).toBeLessThanOrEqual(second?.openedAt ?? 0);
    expect(await ownerOf(device)).toBe('heir');

    faulty.database.pass();
    await sendThrough(neighbour, device, customer.number, 'from the heir');
    await customer.waitForMessage(({ text }) => text === 'from the heir', 60_000);
    // By now both share the shards again, and wherever the device lives, it lives once.
    await eventually(async () => (await ownersOfShards()).sort()).toEqual(['heir', 'isolated']);
    await device.becomes('CONNECTED');
    expect(faulty.simulator.ledger.doubleConnections()).toEqual([]);
    expect(device.phone.devices).toHaveLength(1);
    expect(customer.inbox.map(({ text }) => text)).toEqual(['from the heir']);
  },
);

async function ownersOfShards(): Promise<string[]> {
  const rows = await faulty.rows<{ owner: string }>(
    'select distinct owner from shard_lease where owner is not null',
  );
  return rows.map(({ owner }) => owner);
}

it.each([
  ['forward', HOUR_MS],
  ['back', -HOUR_MS],
])('a clock that jumps an hour %s moves no device to another process', async (_way, jumpMs) => {
  const clock = new MovableClock();
  faulty = await startFaultyServer({ clock, env: { ...env, NODE_NAME: 'jumps' } });
  const device = await seed(faulty.server).agency().subaccount().device({ connected: true });
  await faulty.startNeighbour({ env: { NODE_NAME: 'steady' } });
  await eventually(async () => (await ownersOfShards()).sort()).toEqual(['jumps', 'steady']);
  await device.becomes('CONNECTED');
  const before = { owner: await ownerOf(device), connections: connectionsOf(device).length };

  clock.advance(jumpMs);
  // Long enough for every lease to run out, had nobody renewed it.
  const [since] = await faulty.rows<{ at: Date }>('select clock_timestamp() as at');
  await eventually(async () => {
    const [row] = await faulty.rows<{ ms: number }>(
      'select extract(epoch from min(expires_at) - $1::timestamptz) * 1000 as ms from shard_lease',
      [since?.at],
    );
    return Number(row?.ms);
  }).toBeGreaterThan(2 * LEASE_TTL_MS);

  expect({ owner: await ownerOf(device), connections: connectionsOf(device).length }).toEqual(before);
  expect(faulty.simulator.ledger.doubleConnections()).toEqual([]);
  expect(device.link.connected).toBe(true);
});

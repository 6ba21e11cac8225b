import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toPgConfig } from '../../src/platform/database/connection.js';
import { eventually } from '../support/eventually.js';
import { cursorOf, seed } from '../support/seed.js';
import type { SeededDevice } from '../support/seeded-device.js';
import { startTestServer } from '../support/server.js';
import type { TestServer } from '../support/server.js';

let server: TestServer;
let device: SeededDevice;
beforeAll(async () => {
  server = await startTestServer({ env: { METRICS_PORT: '0' } });
  device = await seed(server).agency().subaccount().device({ connected: true });
});
afterAll(() => server.stop());

const scrape = async (): Promise<string> => {
  const response = await fetch(`${server.app.metricsUrl ?? ''}/metrics`);
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toContain('version=0.0.4');
  return response.text();
};

/** NaN when there is no such line. */
async function figure(name: string): Promise<number> {
  const line = (await scrape()).split('\n').find((each) => each.startsWith(`trunkline_${name} `));
  return Number(line?.split(' ').at(-1));
}

describe('the metrics', () => {
  it('count what is sent, and how long it takes to the ack', async () => {
    const customer = server.simulator.createPhone();
    const sent = await device.send({ to: customer.number, text: 'Your order is ready' });
    await device.messageBecomes(sent.id, 'READ');
    await eventually(() => figure('sends_total{outcome="ACKED"}')).toBe(1);
    await eventually(() => figure('accept_to_ack_seconds_count')).toBe(1);
    expect(await figure('accept_to_ack_seconds_sum')).toBeGreaterThan(0);
  });

  it('count what is received', async () => {
    const before = await figure('inbound_stored_total');
    await server.simulator.createPhone().sendText(device.phone.number, 'Hello');
    await eventually(() => figure('inbound_stored_total')).toBe(before + 1);
  });

  it('tell devices by status, and why sessions ended', async () => {
    await eventually(() => figure('devices{status="CONNECTED"}')).toBe(1);
    expect(await figure('whatsapp_logins_total')).toBeGreaterThanOrEqual(1);
    device.link.disrupt({ kind: 'streamError', code: '440', conflict: 'replaced' });
    await eventually(() => figure('devices{status="REPLACED"}')).toBe(1);
    await eventually(() => figure('devices{status="CONNECTED"}')).toBeNaN();
    await eventually(() => figure('whatsapp_closes_total{reason="REPLACED"}')).toBe(1);
  });

  it('count websockets and subscriptions while they last', async () => {
    const { subaccount } = device;
    const after = await cursorOf(subaccount);
    const query = `subscription ($subaccountId: ID!, $after: EventCursor) {
      messageReceived(subaccountId: $subaccountId, after: $after) { message { id } } }`;
    const stream = subaccount.api.follow('messageReceived', query, { subaccountId: subaccount.id, after });
    await eventually(() => figure('subscriptions')).toBe(1);
    expect(await figure('websockets')).toBe(1);
    stream.stop();
    await eventually(() => figure('subscriptions')).toBe(0);
    await eventually(() => figure('websockets')).toBe(0);
  });

  it('tell of the machines below: shards, pool, queues, lags and the process', async () => {
    expect(await figure('shards_owned')).toBe(256);
    expect(await figure('leases_lost_total')).toBe(0);
    await eventually(() => figure('database_connections{state="idle"}')).toBeGreaterThan(0);
    await eventually(() => figure('database_connections{state="waiting"}')).toBe(0);
    for (const queue of ['wake', 'media', 'webhook', 'maintenance']) {
      expect(await figure(`queue_jobs{queue="${queue}",state="waiting"}`)).toBeGreaterThanOrEqual(0);
    }
    for (const of of ['outbox', 'inbox', 'usage']) {
      await eventually(() => figure(`lag_seconds{of="${of}"}`)).toBeGreaterThanOrEqual(0);
    }
    expect(await scrape()).toContain('process_cpu_user_seconds_total');
  });

  it('tell how long the oldest event waits for a reader', async () => {
    const owner = new Client(toPgConfig(server.connections.owner));
    await owner.connect();
    await owner.query(`insert into event_reader (name, stream_id, seq, updated_at)
      select 'slow', id, 0, now() from event_stream where last_seq > 0`);
    await owner.query("update event set occurred_at = occurred_at - interval '1 hour' where seq = 1");
    await owner.end();
    await eventually(() => figure('lag_seconds{of="slow"}')).toBeGreaterThan(3_600);
  });

  it('name no tenant', async () => {
    const text = await scrape();
    for (const name of [device.id, device.subaccount.id, device.phone.number])
      expect(text).not.toContain(name);
  });

  it('are not on the port that tenants call, and nothing else is on theirs', async () => {
    expect((await fetch(`${server.app.url}/metrics`)).status).toBe(404);
    expect((await fetch(`${server.app.metricsUrl ?? ''}/graphql`)).status).toBe(404);
  });
});

it('a process has no metrics unless it is given a port for them', async () => {
  const plain = await startTestServer();
  expect(plain.app.metricsUrl).toBeNull();
  await plain.stop();
});

import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import type { Phone } from '../../src/simulator/index.js';
import type { ApiClient } from '../support/api-client.js';
import { eventually } from '../support/eventually.js';
import { createKey, cursorOf, seed } from '../support/seed.js';
import type { SeededDevice } from '../support/seeded-device.js';
import { startTestServer } from '../support/server.js';
import type { TestServer } from '../support/server.js';

vi.setConfig({ testTimeout: 60_000 });

let server: TestServer;
let device: SeededDevice;
let customer: Phone;
beforeAll(async () => {
  server = await startTestServer();
  device = await seed(server).agency().subaccount().device({ connected: true });
  customer = server.simulator.createPhone();
});
afterAll(() => server.stop());

interface Told {
  readonly cursor: string;
  readonly topic: string;
}

const EVENTS = `subscription ($id: ID, $after: EventCursor) {
  events(subaccountId: $id, after: $after) { cursor topic } }`;
const view = (field: string): string => `subscription ($id: ID!, $after: EventCursor) {
  ${field}(subaccountId: $id, after: $after) { cursor topic } }`;

/** Everything after a cursor, read page by page without a websocket. */
async function history(api: ApiClient, id: string | null, from: string | null): Promise<readonly Told[]> {
  const query = `query ($id: ID, $after: EventCursor) {
    events(subaccountId: $id, after: $after, first: 7) { events { cursor topic } endCursor hasMore } }`;
  const told: Told[] = [];
  for (let after = from, more = true; more;) {
    const { events } = await api.ask<{ events: { events: Told[]; endCursor: string; hasMore: boolean } }>(
      query,
      { id, after },
    );
    told.push(...events.events);
    ({ endCursor: after, hasMore: more } = events);
  }
  return told;
}

let rounds = 0;
/** Something of every kind happens. */
async function bustle(): Promise<void> {
  rounds += 1;
  await device.do('suspendDevice');
  await device.do('resumeDevice');
  await device.becomes('CONNECTED');
  await customer.sendText(device.phone.number, `question ${String(rounds)}`);
  await device.messageWith(`question ${String(rounds)}`);
  const { id } = await device.send({ to: customer.number, text: `answer ${String(rounds)}` });
  await device.messageBecomes(id, 'READ');
}

describe('a subscription', () => {
  it('goes on behind the last event that was seen: nothing is missed, the order is kept', async () => {
    const { subaccount } = device;
    const { agency } = subaccount;
    const start = await cursorOf(subaccount);
    const agencyStart = (await history(agency.api, null, null)).at(-1)?.cursor ?? null;
    const all = { api: subaccount.api, id: subaccount.id, from: start, topics: null };
    const views = [
      {
        ...all,
        field: 'deviceStatusChanged',
        query: view('deviceStatusChanged'),
        topics: ['DEVICE_STATUS_CHANGED'],
      },
      { ...all, field: 'messageReceived', query: view('messageReceived'), topics: ['MESSAGE_RECEIVED'] },
      {
        ...all,
        field: 'messageStatusChanged',
        query: view('messageStatusChanged'),
        topics: ['MESSAGE_STATUS_CHANGED'],
      },
      { ...all, field: 'events', query: EVENTS },
      { field: 'events', query: EVENTS, api: agency.api, id: null, from: agencyStart, topics: null },
    ];
    const first = views.map(({ api, field, query, id, from }) =>
      api.follow<Told>(field, query, { id, after: from }),
    );
    await bustle();
    await Promise.all(first.map((stream) => stream.atLeast(1)));
    for (const stream of first) stream.stop();
    const seen = first.map((stream) => [...stream.items]);

    await bustle();
    for (const [index, { api, field, query, id, from, topics }] of views.entries()) {
      const before = seen[index] ?? [];
      const expected = (await history(api, id, from)).filter(({ topic }) => topics?.includes(topic) ?? true);
      const resumed = api.follow<Told>(field, query, { id, after: before.at(-1)?.cursor });
      await resumed.atLeast(expected.length - before.length);
      resumed.stop();
      expect([...before, ...resumed.items]).toEqual(expected);
    }
  });

  it('tells only of the device that was asked for', async () => {
    const other = await seed(server).agency().subaccount().device();
    const { subaccount } = device;
    const query = `subscription ($id: ID!, $deviceId: ID, $after: EventCursor) {
      deviceStatusChanged(subaccountId: $id, deviceId: $deviceId, after: $after) { status device { id } } }`;
    const stream = (deviceId: string) =>
      subaccount.api.follow<{ status: string; device: { id: string } }>('deviceStatusChanged', query, {
        id: subaccount.id,
        deviceId,
      });
    const foreign = stream(other.id);
    await eventually(() => foreign.isOver).toBe(true);
    expect(foreign.failure).toMatchObject([{ extensions: { code: 'NOT_FOUND' } }]);

    const after = await cursorOf(subaccount);
    const { device: sister } = await subaccount.api.mutate<{ device: { id: string } }>(
      'createDevice',
      { subaccountId: subaccount.id, label: 'sister' },
      'device { id }',
    );
    await subaccount.api.mutate('suspendDevice', { deviceId: sister.id }, '__typename');
    await device.do('suspendDevice');
    const own = subaccount.api.follow<{ status: string; device: { id: string } }>(
      'deviceStatusChanged',
      query,
      {
        id: subaccount.id,
        deviceId: device.id,
        after,
      },
    );
    await device.do('resumeDevice');
    await own.first(({ status }) => status === 'CONNECTED');
    own.stop();
    expect(new Set(own.items.map((item) => item.device.id))).toEqual(new Set([device.id]));
  });

  it('stops within five seconds of the revocation of its key', async () => {
    const { subaccount } = device;
    const { id, api } = await createKey(subaccount.agency.api, { subaccountId: subaccount.id });
    const stream = api.follow<Told>('events', EVENTS, {
      id: subaccount.id,
      after: await cursorOf(subaccount),
    });
    await device.do('updateDevice', { label: 'seen' });
    await stream.atLeast(1);
    const revokedAt = performance.now();
    await subaccount.agency.api.mutate('revokeApiKey', { apiKeyId: id }, 'apiKey { id }');
    await eventually(() => stream.isOver).toBe(true);
    expect(performance.now() - revokedAt).toBeLessThan(5_000);
    const seen = stream.items.length;
    await device.do('updateDevice', { label: 'not seen' });
    expect(stream.failure).toMatchObject({ code: 4403, reason: 'TOKEN_INVALID' });
    expect(stream.items).toHaveLength(seen);
  });
});

describe('a client that stops reading', () => {
  // Some 6 KiB for each event, so that what was not read is more than buffers on the way take.
  const labels = Array.from({ length: 28 }, (_, index) => `l${String(index)}: label`).join(' ');
  const heavy = `subscription ($id: ID, $after: EventCursor) {
    events(subaccountId: $id, after: $after) { cursor ... on ObjectChanged { node { ... on Device { ${labels} } } } } }`;

  it('harms nobody, and misses nothing once it reads again', async () => {
    const busy = await seed(server).agency().subaccount().device();
    const { id, api } = busy.subaccount;
    const variables = { id, after: await cursorOf(busy.subaccount) };
    const lazy = await subscribeByHand(api.token ?? '', heavy, variables);
    lazy.socket.pause();
    const quick = api.follow<Told>('events', heavy, variables);

    const updates = 150;
    for (let done = 0; done < updates; done += 10) {
      const labelOf = (index: number) => `${String(done + index)} `.padEnd(200, 'x');
      await Promise.all(
        Array.from({ length: 10 }, (_, index) => busy.do('updateDevice', { label: labelOf(index) })),
      );
    }
    await quick.atLeast(updates);
    quick.stop();

    lazy.socket.resume();
    await eventually(() => lazy.cursors.length).toBe(updates);
    expect(lazy.cursors).toEqual(quick.items.map(({ cursor }) => cursor));
    lazy.socket.terminate();
  });
});

/** A client whose socket can be left unread, which stock clients do not do. */
async function subscribeByHand(token: string, query: string, variables: object) {
  const socket = new WebSocket(server.wsUrl, 'graphql-transport-ws');
  const cursors: string[] = [];
  const acknowledged = new Promise<void>((resolve) => {
    socket.on('message', (data: Buffer) => {
      const message = JSON.parse(data.toString('utf8')) as {
        type: string;
        payload?: { data?: { events: Told } };
      };
      if (message.type === 'connection_ack') resolve();
      const told = message.payload?.data?.events;
      if (told !== undefined) cursors.push(told.cursor);
    });
  });
  await once(socket, 'open');
  socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } }));
  await acknowledged;
  socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query, variables } }));
  return { socket, cursors };
}

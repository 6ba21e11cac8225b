import { request } from 'node:http';
import type { WAMessage } from '@whiskeysockets/baileys';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ControlServer } from '../../src/simulator/index.js';
import { Fixture } from './fixture.js';
import type { StockClient } from './stock-client.js';

let fixture: Fixture;
let control: ControlServer;
let client: StockClient;
let owner: string;
let customer: string;

beforeAll(async () => {
  fixture = await Fixture.start({ firstSync: false });
  control = await ControlServer.start(fixture.simulator);
  owner = fixture.owner.number;
  customer = fixture.customer.number;
  client = fixture.client().connect();
  const qr = await client.until(() => client.updates.find((update) => update.qr)?.qr, 'a QR code');
  const [{ status }] = await Promise.all([call('POST', '/qr', { qr, number: owner }), client.closed()]);
  expect(status).toBe(200);
  await client.reconnect();
});

afterAll(async () => {
  await control.close();
  await fixture.close();
});

async function call(
  method: string,
  path: string,
  body?: unknown,
): Promise<{ status: number; body: unknown }> {
  const response = await fetch(`${control.url}${path}`, {
    method,
    ...(body !== undefined && {
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    }),
  });
  const answer: unknown = await response.json();
  return { status: response.status, body: answer };
}

test('the listing names every route with the schema of its body', async () => {
  const { body } = await call('GET', '/');
  expect(body).toContainEqual(
    expect.objectContaining({ method: 'POST', path: '/faults', body: expect.anything() as unknown }),
  );
});

test('a phone is made, writes, and is seen with its device', async () => {
  const made = await call('POST', '/phones', { name: 'Newcomer', business: true });
  expect(made.status).toBe(201);
  const { number } = made.body as { number: string };
  await call('POST', `/phones/${number}/messages`, { kind: 'text', to: owner, text: 'hello by HTTP' });
  await client.receivedText('hello by HTTP');
  const { body } = await call('GET', `/phones/${owner}`);
  expect(body).toMatchObject({ devices: [{ id: 1, connected: true }] });
});

test('a phone answers by itself, after typing', async () => {
  const habits = { replies: { echo: true, afterMs: 10, typingMs: 10 } };
  expect((await call('PATCH', `/phones/${customer}`, habits)).status).toBe(200);
  await client.sendText(customer, 'is anybody there?');
  const isEcho = ({ message }: { message: WAMessage }): boolean =>
    message.key.fromMe !== true && message.message?.conversation === 'is anybody there?';
  await client.until(() => client.received.some(isEcho), 'the echo');
  expect((await call('PATCH', `/phones/${customer}`, { replies: null })).status).toBe(200);
});

test('the ledger and the inbox tell the same story', async () => {
  const id = await client.sendText(customer, 'for the record');
  await fixture.customer.waitForMessage((message) => message.id === id);
  const sent = await call('GET', `/ledger/sent?id=${id}`);
  expect(sent.body).toEqual([expect.objectContaining({ id, to: customer })]);
  const inbox = await call('GET', `/phones/${customer}/messages`);
  expect(inbox.body).toContainEqual(expect.objectContaining({ id, text: 'for the record' }));
  expect((await call('GET', '/ledger/reused-keys')).body).toEqual([]);
});

test('a fault is put in force, strikes, and is gone', async () => {
  const rule = { point: 'message', match: { recipient: customer }, action: { kind: 'drop' } };
  expect((await call('POST', '/faults', rule)).status).toBe(201);
  const id = await client.sendText(customer, 'into the void');
  await fixture.simulator.ledger.waitFor((entry) => entry.id === id && entry.error === 'lost');
  expect((await call('GET', '/faults')).body).toMatchObject({ rules: [] });
});

test('a live connection is disrupted and a device removed', async () => {
  client.updates.length = 0;
  expect((await call('POST', `/phones/${owner}/devices/1/disrupt`, { kind: 'reset' })).status).toBe(200);
  expect((await client.closed()).code).toBe(428);
  await client.reconnect();
  client.updates.length = 0;
  expect((await call('DELETE', `/phones/${owner}/devices/1`)).status).toBe(200);
  expect((await client.closed()).code).toBe(401);
});

describe('bad requests name what is wrong', () => {
  const table: {
    title: string;
    method: string;
    path: string;
    body: unknown;
    status: number;
    says: string;
  }[] = [
    {
      title: 'a malformed number',
      method: 'POST',
      path: '/phones',
      body: { number: '+62' },
      status: 400,
      says: 'number',
    },
    {
      title: 'an unknown field',
      method: 'POST',
      path: '/phones',
      body: { nmae: 'x' },
      status: 400,
      says: 'nmae',
    },
    {
      title: 'an impossible fault',
      method: 'POST',
      path: '/faults',
      body: { point: 'upgrade', action: { kind: 'drop' } },
      status: 400,
      says: 'action.kind',
    },
    {
      title: 'a missing phone',
      method: 'GET',
      path: '/phones/620000000',
      body: undefined,
      status: 404,
      says: 'no phone',
    },
    {
      title: 'a stale QR',
      method: 'POST',
      path: '/qr',
      body: { qr: `#2@x,${['', '', ''].map(() => Buffer.alloc(32).toString('base64')).join()},1` },
      status: 409,
      says: 'expired',
    },
    {
      title: 'no QR at all',
      method: 'POST',
      path: '/qr',
      body: { qr: 'hello hello hello hello' },
      status: 409,
      says: 'not a QR',
    },
  ];

  test.each(table)('$title', async ({ method, path, body, status, says }) => {
    const answer = await call(method, path, body);
    expect(answer.status).toBe(status);
    expect(JSON.stringify(answer.body)).toContain(says);
  });

  test('a foreign host name', async () => {
    const { port } = new URL(control.url);
    const status = await new Promise((resolve) => {
      request({ port, host: '127.0.0.1', path: '/phones', headers: { host: 'evil.example' } }, (response) => {
        response.resume();
        resolve(response.statusCode);
      }).end();
    });
    expect(status).toBe(403);
  });
});

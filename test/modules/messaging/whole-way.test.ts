import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createClient } from 'graphql-ws';
import type { Client } from 'graphql-ws';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import WebSocket from 'ws';
import type { Phone } from '../../../src/simulator/index.js';
import { startTestServer } from '../../support/server.js';
import type { TestServer } from '../../support/server.js';

/** Everything is real here but WhatsApp's own servers and phones: the API, PostgreSQL, BullMQ, Baileys and its encryption. */

const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);
const WAIT = { timeout: 30_000, interval: 50 };

let server: TestServer;
let files: Server;
let socket: Client;
let business: Phone;
let customer: Phone;
let key: string;
let subaccountId: string;
let deviceId: string;

interface ApiMessage {
  readonly id: string;
  readonly status: string;
  readonly text: string | null;
  readonly kind: string;
  readonly direction: string;
  readonly whatsappId: string;
  readonly failure: { readonly code: string; readonly detail: string | null } | null;
  readonly media: {
    readonly state: string;
    readonly url: string | null;
    readonly mimeType: string | null;
  } | null;
  readonly attempts: readonly { readonly outcome: string }[];
  readonly conversation: { readonly id: string; readonly unreadCount: number; readonly contact: unknown };
}

const MESSAGE = `id status text kind direction whatsappId failure { code detail } media { state url mimeType }
  attempts { outcome } conversation { id unreadCount contact { name phoneNumber } }`;

async function api<T>(query: string, variables: Record<string, unknown>, token: string): Promise<T> {
  const { data, errors } = await server.graphql(query, variables, token);
  if (data === null || errors.length > 0) throw new Error(JSON.stringify(errors));
  return data as T;
}

async function mutate<T>(field: string, selection: string, input: object, token = key): Promise<T> {
  const type = `${field[0]?.toUpperCase()}${field.slice(1)}Input`;
  const query = `mutation ($input: ${type}!) { ${field}(input: $input) { ${selection} } }`;
  return (await api<Record<string, T>>(query, { input }, token))[field] as T;
}

const send = async (input: object): Promise<ApiMessage> =>
  (await mutate<{ message: ApiMessage }>('sendMessage', `message { ${MESSAGE} }`, { deviceId, ...input }))
    .message;

const get = async (id: string): Promise<ApiMessage> =>
  (await api<{ message: ApiMessage }>(`query ($id: ID!) { message(id: $id) { ${MESSAGE} } }`, { id }, key))
    .message;

async function listed(): Promise<readonly ApiMessage[]> {
  const query = `query ($id: ID!) { subaccount(id: $id) { messages(first: 50) { nodes { ${MESSAGE} } } } }`;
  const { subaccount } = await api<{ subaccount: { messages: { nodes: ApiMessage[] } } }>(
    query,
    { id: subaccountId },
    key,
  );
  return subaccount.messages.nodes;
}

async function found(text: string): Promise<ApiMessage> {
  return vi.waitFor(async () => {
    const message = (await listed()).find((each) => each.text === text);
    if (message === undefined) throw new Error(`there is no message ${text}`);
    return message;
  }, WAIT);
}

async function pair(): Promise<void> {
  await mutate('pairDevice', 'device { id }', { deviceId });
  const query = `query ($id: ID!) { device(id: $id) { status pairing { qr } } }`;
  const device = () =>
    api<{ device: { status: string; pairing: { qr: string | null } | null } }>(query, { id: deviceId }, key);
  const qr = await vi.waitFor(async () => {
    const text = (await device()).device.pairing?.qr;
    if (text == null) throw new Error('there is no QR yet');
    return text;
  }, WAIT);
  await business.scan(qr);
  await vi.waitFor(async () => expect((await device()).device.status).toBe('CONNECTED'), WAIT);
}

beforeAll(async () => {
  files = createServer((request, response) => {
    if (request.url === '/photo') response.writeHead(200, { 'content-type': 'image/png' }).end(PNG);
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => files.listen(0, '127.0.0.1', resolve));
  server = await startTestServer({ env: { OUTBOUND_ALLOW: '127.0.0.1/32' } });
  business = server.simulator.createPhone({ name: 'Shop' });
  customer = server.simulator.createPhone({ name: 'Ani' });
  const agency = await mutate<{ agency: { id: string } }>(
    'createAgency',
    'agency { id }',
    { name: 'A', ownerEmail: 'owner@example.com', ownerPassword: 'correct horse battery' },
    server.operatorKey,
  );
  const agencyId = agency.agency.id;
  const created = await mutate<{ secret: string }>(
    'createApiKey',
    'secret',
    { agencyId, name: 'test', scopes: ['*'] },
    server.operatorKey,
  );
  key = created.secret;
  const subaccount = await mutate<{ subaccount: { id: string } }>('createSubaccount', 'subaccount { id }', {
    agencyId,
    name: 'S',
  });
  subaccountId = subaccount.subaccount.id;
  const device = await mutate<{ device: { id: string } }>('createDevice', 'device { id }', {
    subaccountId,
    label: 'D',
  });
  deviceId = device.device.id;
  await pair();
  socket = createClient({
    url: server.wsUrl,
    webSocketImpl: WebSocket,
    connectionParams: { authorization: `Bearer ${key}` },
  });
}, 60_000);

afterAll(async () => {
  await socket.dispose();
  await server.stop();
  await new Promise((resolve) => files.close(resolve));
});

test('a text reaches the phone, and its status follows the receipts, live', async () => {
  const statuses: string[] = [];
  const changes = socket.iterate<{ messageStatusChanged: { status: string; message: { id: string } } }>({
    query: `subscription ($id: ID!) { messageStatusChanged(subaccountId: $id) { status message { id } } }`,
    variables: { id: subaccountId },
  });
  const following = (async () => {
    for await (const { data } of changes) {
      if (data === null || data === undefined) continue;
      statuses.push(data.messageStatusChanged.status);
      if (statuses.at(-1) === 'READ') return;
    }
  })();
  customer.setReadAfter(900);
  const sent = await send({ to: customer.number, text: 'hello' });
  expect(sent).toMatchObject({ status: 'PENDING', direction: 'OUTBOUND', kind: 'TEXT' });

  await vi.waitFor(async () => expect((await get(sent.id)).status).toBe('READ'), WAIT);
  await following;
  expect(statuses.filter((status) => status !== 'SENDING')).toEqual(['SENT', 'DELIVERED', 'READ']);
  expect((await get(sent.id)).attempts).toEqual([{ outcome: 'ACKED' }]);
  expect(customer.inbox).toMatchObject([{ id: sent.whatsappId }]);
});

test('a reply arrives in the same conversation, with the name of its author, live', async () => {
  const sent = await send({ to: customer.number, text: 'question' });
  const received = socket.iterate<{ messageReceived: { message: ApiMessage } }>({
    query: `subscription ($id: ID!) { messageReceived(subaccountId: $id) { message { ${MESSAGE} } } }`,
    variables: { id: subaccountId },
  });
  const next = received.next();
  await vi.waitFor(async () => expect((await get(sent.id)).status).not.toBe('PENDING'), WAIT);
  await customer.sendText(business.number, 'answer');

  const reply = await found('answer');
  expect(reply).toMatchObject({ direction: 'INBOUND', status: 'RECEIVED' });
  expect(reply.conversation).toMatchObject({
    id: sent.conversation.id,
    contact: { name: 'Ani', phoneNumber: customer.number },
  });
  const first = await next;
  if (first.done === true) throw new Error('the subscription ended');
  expect(first.value.data?.messageReceived.message.text).toBe('answer');
  await received.return?.();
});

test('a picture is fetched, uploaded and delivered; a file that is not there fails with its reason', async () => {
  const { port } = files.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  const photo = await send({ to: customer.number, text: 'look', media: { url: `${url}/photo` } });
  const missing = await send({ to: customer.number, media: { url: `${url}/none` } });

  await vi.waitFor(async () => expect((await get(missing.id)).status).toBe('FAILED'), WAIT);
  expect((await get(missing.id)).failure?.code).toBe('MEDIA_FETCH_FAILED');
  await vi.waitFor(async () => expect((await get(photo.id)).status).toMatch(/SENT|DELIVERED|READ/), WAIT);
  expect(await get(photo.id)).toMatchObject({
    kind: 'IMAGE',
    media: { state: 'AVAILABLE', mimeType: 'image/png' },
  });
  await vi.waitFor(() => expect(customer.inbox.map((each) => each.id)).toContain(photo.whatsappId), WAIT);
});

test('a picture that comes in can be had by its link', async () => {
  await customer.sendMedia(business.number, {
    kind: 'image',
    data: PNG,
    mimetype: 'image/png',
    caption: 'for you',
  });
  const { id } = await found('for you');
  const media = await vi.waitFor(async () => {
    const current = (await get(id)).media;
    if (current?.url == null) throw new Error('it is not here yet');
    return current;
  }, WAIT);
  const response = await fetch(media.url ?? '');
  expect(Buffer.from(await response.arrayBuffer())).toEqual(PNG);
});

test('a number without WhatsApp fails with that reason', async () => {
  const { id } = await send({ to: '6281299999999', text: 'nobody' });
  await vi.waitFor(async () => expect((await get(id)).status).toBe('FAILED'), WAIT);
  expect((await get(id)).failure?.code).toBe('RECIPIENT_NOT_ON_WHATSAPP');
});

test('what the owner types on the phone appears as sent', async () => {
  await business.typeOnPhone(customer.number, 'typed by hand');
  expect(await found('typed by hand')).toMatchObject({ direction: 'OUTBOUND' });
});

test('what waited while the server was down goes out when it is back, and what came is there', async () => {
  await server.stopApp();
  await customer.sendText(business.number, 'while you were away');
  await server.restart();
  const sent = await send({ to: customer.number, text: 'back again' });

  expect(await found('while you were away')).toMatchObject({ direction: 'INBOUND', status: 'RECEIVED' });
  await vi.waitFor(async () => expect((await get(sent.id)).status).toMatch(/SENT|DELIVERED|READ/), WAIT);
}, 40_000);

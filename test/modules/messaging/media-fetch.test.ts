import { createServer } from 'node:http';
import type { Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createMessaging } from './fixture.js';
import type { Messaging, TestDevice } from './fixture.js';

const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

let app: Messaging;
let device: TestDevice;
let server: Server;
let answer: (response: ServerResponse) => void;
let requests = 0;

beforeAll(async () => {
  app = await createMessaging();
  server = createServer((_request, response) => {
    requests += 1;
    answer(response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.2', resolve));
});
afterAll(async () => {
  await new Promise((resolve) => server.close(resolve));
  await app.close();
});
beforeEach(async () => {
  device = await app.seedDevice();
  requests = 0;
  app.woken.length = 0;
});

async function send(media: object = {}, text: string | null = null): Promise<string> {
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.2:${port}/file`;
  const { message } = await app.messages.accept(device.ctx, {
    deviceId: device.id,
    to: '6281200000001',
    text,
    media: { url, ...media },
  });
  return message.id;
}
const fetchFile = (id: string) => app.mediaFetches.fetch(device.ctx, id, new AbortController().signal);
const messageOf = (id: string) => app.reader.get(device.ctx, id);
const mediaOf = async (id: string) => (await app.reader.findMedia(device.ctx, [id]))[0];

const serve = (type: string, body: Buffer) => (response: ServerResponse) => {
  response.writeHead(200, { 'content-type': type }).end(body);
};

test('a fetched file is stored, decides the kind of the message, and wakes the device', async () => {
  const id = await send();
  answer = serve('image/png', PNG);
  await fetchFile(id);

  expect(await mediaOf(id)).toMatchObject({
    state: 'AVAILABLE',
    mimeType: 'image/png',
    sizeBytes: PNG.length,
  });
  expect((await messageOf(id)).kind).toBe('IMAGE');
  expect(app.woken.map((target) => target.id)).toEqual([device.id]);
  const chunks = await (await app.store.open(`${device.subaccountId}/${id}`)).toArray();
  expect(Buffer.concat(chunks as Buffer[])).toEqual(PNG);

  await fetchFile(id);
  expect(requests).toBe(1);
});

test('a file of a wrong type fails the message at once, with what is wrong', async () => {
  const id = await send({ type: 'VIDEO' });
  answer = serve('image/png', PNG);
  await fetchFile(id);

  const message = await messageOf(id);
  expect(message).toMatchObject({ status: 'FAILED', failureCode: 'MEDIA_FETCH_FAILED', dueAt: null });
  expect(message.failureDetail).toContain('MEDIA_TYPE_UNSUPPORTED');
  expect(await mediaOf(id)).toMatchObject({ state: 'FAILED', dueAt: null });
});

test('a file that is too large fails the message at once', async () => {
  const id = await send({ type: 'IMAGE' });
  answer = (response) => {
    response.writeHead(200, { 'content-type': 'image/png', 'content-length': 17 * 1024 * 1024 });
    response.flushHeaders();
  };
  await fetchFile(id);
  const { failureDetail } = await messageOf(id);
  expect(failureDetail).toContain('MEDIA_TOO_LARGE');
  expect(failureDetail).toContain('16 MiB');
});

test('a file that is not there fails the message at once', async () => {
  const id = await send();
  answer = (response) => response.writeHead(404).end();
  await fetchFile(id);
  expect(await messageOf(id)).toMatchObject({ status: 'FAILED', failureCode: 'MEDIA_FETCH_FAILED' });
});

test('a server that has trouble is asked again later, and at most five times', async () => {
  const id = await send();
  answer = (response) => response.writeHead(503).end();
  await fetchFile(id);
  expect((await messageOf(id)).status).toBe('PENDING');
  await fetchFile(id);
  expect(requests).toBe(1);

  for (let attempt = 2; attempt <= 6; attempt += 1) {
    app.clock.advance(600_000);
    await fetchFile(id);
  }
  expect(requests).toBe(5);
  expect(await messageOf(id)).toMatchObject({ status: 'FAILED', failureCode: 'MEDIA_FETCH_FAILED' });
});

test('what nobody named and would lose its caption as audio goes as a document', async () => {
  const id = await send({}, 'listen');
  answer = serve('audio/mpeg', Buffer.from('fffb90640000000000000000000000000000000000000000', 'hex'));
  await fetchFile(id);
  expect(await messageOf(id)).toMatchObject({ kind: 'DOCUMENT', text: 'listen' });
});

test('a file of a message that was canceled is not fetched', async () => {
  const id = await send();
  await app.messages.cancel(device.ctx, id);
  await fetchFile(id);
  expect(requests).toBe(0);
  expect((await mediaOf(id))?.state).toBe('FAILED');
});

import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.js';
import { FileServer } from '../support/file-server.js';
import type { ServedFile } from '../support/file-server.js';
import { seed } from '../support/seed.js';
import type { SeededDevice } from '../support/seeded-device.js';
import { startTestServer } from '../support/server.js';
import type { TestServer } from '../support/server.js';

const MIB = 1024 * 1024;
const png = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);
const mp4 = Buffer.concat([
  Buffer.from('00000018667479706d703432000000006d70343269736f6d', 'hex'),
  Buffer.alloc(500),
]);
const mp3 = Buffer.concat([
  Buffer.from('49443303000000000000', 'hex'),
  Buffer.from('fffb9000', 'hex'),
  Buffer.alloc(413),
]);
const pdf = Buffer.from('%PDF-1.7\n1 0 obj <<>> endobj\ntrailer <<>>\n%%EOF\n');

const files: Readonly<Record<string, ServedFile>> = {
  photo: { type: 'image/png', data: png },
  clip: { type: 'video/mp4', data: mp4 },
  song: { type: 'audio/mpeg', data: mp3 },
  invoice: { type: 'application/pdf', data: pdf },
  huge: { type: 'image/png', data: Buffer.concat([png, Buffer.alloc(17 * MIB)]) },
};

let web: FileServer;
let server: TestServer;
let device: SeededDevice;
beforeAll(async () => {
  web = await FileServer.start(files);
  server = await startTestServer({ env: { OUTBOUND_ALLOW: '127.0.0.1/32' } });
  device = await seed(server).agency().subaccount().device({ connected: true });
});
afterAll(async () => {
  await server.stop();
  await web[Symbol.asyncDispose]();
});

describe('a file that is sent by its URL', () => {
  const sent = [
    { path: 'photo', as: 'IMAGE', caption: 'our new shop' },
    { path: 'clip', as: 'VIDEO', caption: 'how it works' },
    { path: 'song', as: 'AUDIO' },
    { path: 'invoice', as: 'DOCUMENT', caption: 'for March', fileName: 'Invoice 7.pdf' },
  ];

  it.each(sent)('reaches the phone as the same bytes: $as', async ({ path, as, caption, fileName }) => {
    const customer = server.simulator.createPhone();
    const media = { url: web.url(path), ...(fileName !== undefined && { fileName }) };
    const { id } = await device.send({ to: customer.number, text: caption ?? null, media });
    const received = await customer.waitForMessage();
    expect(customer.download(received)).toEqual(files[path]?.data);
    expect(received.text).toBe(caption ?? '');
    if (fileName !== undefined) expect(JSON.stringify(received.proto)).toContain(fileName);

    const message = await device.messageBecomes(id, 'READ');
    expect(message).toMatchObject({
      kind: as,
      text: caption ?? null,
      media: { state: 'AVAILABLE', mimeType: files[path]?.type, sizeBytes: files[path]?.data.length },
    });
    const stored = await fetch(message.media?.url ?? '');
    expect(Buffer.from(await stored.arrayBuffer())).toEqual(files[path]?.data);
  });

  it('goes as a document when the caller says so', async () => {
    const customer = server.simulator.createPhone();
    const media = { url: web.url('photo'), type: 'DOCUMENT', fileName: 'original.png' };
    const { id } = await device.send({ to: customer.number, media });
    await customer.waitForMessage();
    expect((await device.message(id)).kind).toBe('DOCUMENT');
  });

  it('keeps its place before the texts that follow it to the same person', async () => {
    const customer = server.simulator.createPhone();
    await device.send({ to: customer.number, text: 'first', media: { url: web.url('photo') } });
    await device.send({ to: customer.number, text: 'second' });
    await customer.waitForMessage(({ text }) => text === 'second');
    expect(customer.inbox.map(({ text }) => text)).toEqual(['first', 'second']);
  });
});

describe('a file that cannot be fetched', () => {
  const wrong = [
    ['is not there', 'gone', null, 'MEDIA_UNREACHABLE'],
    ['is larger than WhatsApp takes', 'huge', 'IMAGE', 'MEDIA_TOO_LARGE'],
    ['is of another type than was said', 'invoice', 'IMAGE', 'MEDIA_TYPE_UNSUPPORTED'],
  ] as const;

  it.each(wrong)(
    'ends its message as FAILED with the reason when it %s',
    async (_what, path, type, reason) => {
      const customer = server.simulator.createPhone();
      const { id } = await device.send({ to: customer.number, media: { url: web.url(path), type } });
      const failed = await device.messageBecomes(id, 'FAILED');
      expect(failed.failure).toMatchObject({ code: 'MEDIA_FETCH_FAILED' });
      expect(failed.failure?.detail).toContain(reason);
      expect(failed.media).toMatchObject({ state: 'FAILED', url: null });
      expect(server.simulator.ledger.attempts({ to: customer.number })).toEqual([]);
    },
  );

  it('is tried again while its server does not answer, says so, and can be given up', async () => {
    const url = `http://127.0.0.1:${String(await closedPort())}/photo`;
    const customer = server.simulator.createPhone();
    const { id } = await device.send({ to: customer.number, media: { url } });
    const query = 'query ($id: ID!) { message(id: $id) { status media { state failure } } }';
    await eventually(() => device.api.ask(query, { id })).toMatchObject({
      message: {
        status: 'PENDING',
        media: { state: 'PENDING', failure: expect.stringContaining('UNREACHABLE') as unknown },
      },
    });
    await device.api.mutate('cancelMessage', { messageId: id }, 'message { id }');
    expect((await device.message(id)).status).toBe('CANCELED');
  });

  it('holds up nobody else', async () => {
    const url = `http://127.0.0.1:${String(await closedPort())}/photo`;
    const [waiting, other] = [server.simulator.createPhone(), server.simulator.createPhone()];
    const stuck = await device.send({ to: waiting.number, media: { url } });
    await device.send({ to: other.number, text: 'not for you to wait' });
    await other.waitForMessage(() => true, 10_000);
    expect((await device.message(stuck.id)).status).toBe('PENDING');
  });
});

/** A port on which nobody listens. */
async function closedPort(): Promise<number> {
  const listener = createServer();
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  const { port } = listener.address() as AddressInfo;
  await new Promise((resolve) => listener.close(resolve));
  return port;
}

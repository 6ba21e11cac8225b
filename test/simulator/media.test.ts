import { Agent as HttpsAgent } from 'node:https';
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import { downloadMediaMessage, type AnyMediaMessageContent } from '@whiskeysockets/baileys';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Fixture } from './fixture.js';
import type { StockClient } from './stock-client.js';

const PIXELS = Buffer.from('not really a picture, but nobody looks inside');

let fixture: Fixture;
let client: StockClient;

beforeAll(async () => {
  await fetch('data:,'); // makes Node set its global dispatcher
  fixture = await Fixture.start({ firstSync: false });
  const ca = fixture.simulator.caCertificatePem;
  ({ client } = await fixture.paired({ fetchAgent: new HttpsAgent({ ca }) }));
});

afterAll(() => fixture.close());

/** The library's upload stays "https" for Node but travels in clear to the plain port. */
class PlainAgent extends HttpsAgent {
  readonly #port: number;

  constructor(port: number) {
    super();
    this.#port = port;
  }

  override createConnection(): Duplex {
    return connect(this.#port, '127.0.0.1');
  }
}

async function download(text: string): Promise<Buffer> {
  const { message } = await client.until(
    () => client.received.find((each) => each.message.message?.imageMessage?.caption === text),
    'the image',
  );
  const options: object = { dispatcher: dispatcherTrusting(fixture.simulator.caCertificatePem) };
  return downloadMediaMessage(message, 'buffer', { options });
}

type DispatcherClass = new (options: { connect: { ca: string } }) => unknown;

/** The library downloads with the global `fetch`, which takes dispatchers of Node's own undici only. */
function dispatcherTrusting(ca: string): unknown {
  const key = Symbol.for('undici.globalDispatcher.1');
  const current = (globalThis as { [key: symbol]: { constructor: unknown } | undefined })[key];
  return new (current?.constructor as DispatcherClass)({ connect: { ca } });
}

const KINDS: Record<string, AnyMediaMessageContent> = {
  image: { image: PIXELS, caption: 'an image', jpegThumbnail: '' },
  video: { video: PIXELS, caption: 'a video', jpegThumbnail: '' },
  audio: { audio: PIXELS, mimetype: 'audio/ogg', seconds: 1 },
  document: { document: PIXELS, mimetype: 'application/pdf', fileName: 'a.pdf' },
};

describe('from the client to the phone', () => {
  test.each(Object.entries(KINDS))('%s over https', async (_kind, content) => {
    const sent = await client.socket.sendMessage(`${fixture.customer.number}@s.whatsapp.net`, content);
    const received = await fixture.customer.waitForMessage((message) => message.id === sent?.key.id);
    expect(fixture.customer.download(received)).toEqual(PIXELS);
  });

  test('over plain http, without knowing the certificate authority', async () => {
    const port = Number(new URL(fixture.simulator.mediaHttpUrl).port);
    const phone = fixture.simulator.createPhone();
    const plain = (await fixture.paired({ fetchAgent: new PlainAgent(port) }, phone)).client;
    const jid = `${fixture.customer.number}@s.whatsapp.net`;
    const sent = await plain.socket.sendMessage(jid, { image: PIXELS, jpegThumbnail: '' });
    const received = await fixture.customer.waitForMessage((message) => message.id === sent?.key.id);
    expect(fixture.customer.download(received)).toEqual(PIXELS);
  });
});

describe('from the phone to the client', () => {
  const image = { kind: 'image' as const, data: PIXELS, mimetype: 'image/jpeg' };

  test('over https', async () => {
    const { owner, customer } = fixture;
    await customer.sendMedia(owner.number, { ...image, caption: 'secure' });
    expect(await download('secure')).toEqual(PIXELS);
  });

  test('over plain http', async () => {
    const { owner, customer } = fixture;
    await customer.sendMedia(owner.number, { ...image, caption: 'plain', transport: 'http' });
    const { message } = await client.until(
      () => client.received.find((each) => each.message.message?.imageMessage?.caption === 'plain'),
      'the image',
    );
    expect(await downloadMediaMessage(message, 'buffer', {})).toEqual(PIXELS);
  });

  test('a failing media host is reported', async () => {
    const { owner, customer, simulator } = fixture;
    simulator.faults.add({ point: 'mediaDownload', action: { kind: 'http', status: 500 } });
    await customer.sendMedia(owner.number, { ...image, caption: 'broken' });
    await expect(download('broken')).rejects.toThrow();
  });
});

test('a failing upload makes the send fail', async () => {
  const { customer, simulator } = fixture;
  simulator.faults.add({ point: 'mediaUpload', times: null, action: { kind: 'http', status: 503 } });
  const jid = `${customer.number}@s.whatsapp.net`;
  await expect(client.socket.sendMessage(jid, { image: PIXELS, jpegThumbnail: '' })).rejects.toThrow(
    'upload failed',
  );
});

describe('a media host that hangs', () => {
  const path = '/mms/image/AAAA';

  test.each([
    ['mediaUpload', { method: 'POST', body: 'x' }, 400],
    ['mediaDownload', { method: 'GET' }, 404],
  ] as const)('does not answer (%s), as often as it was told', async (point, request, status) => {
    const { faults, mediaHttpUrl } = fixture.simulator;
    faults.clear();
    faults.add({ point, action: { kind: 'hang' } });
    const hanging = fetch(`${mediaHttpUrl}${path}`, { ...request, signal: AbortSignal.timeout(300) });
    await expect(hanging).rejects.toThrow('timeout');
    expect(faults.list()).toEqual([]);
    expect((await fetch(`${mediaHttpUrl}${path}`, request)).status).toBe(status);
  });
});

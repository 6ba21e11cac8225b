import { createHash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { proto } from '@whiskeysockets/baileys';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { contentCodec } from '../../src/whatsapp/baileys/index.js';
import type { MediaType } from '../../src/whatsapp/index.js';
import { useStage, type LinkedMember } from './support/stage.js';
import { until } from './support/until.js';

const stageOf = useStage();
const LIMIT = { maxBytes: 10_000_000 };

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trunkline-media-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

async function fileOf(bytes: Buffer): Promise<string> {
  const path = join(folder, 'upload');
  await writeFile(path, bytes);
  return path;
}

async function inboundContent({ store }: LinkedMember): Promise<Uint8Array> {
  return until(() => store.inbox[0]?.content, 'the row');
}

describe('uploading', () => {
  it.each<[MediaType, string]>([
    ['IMAGE', 'image/png'],
    ['VIDEO', 'video/mp4'],
    ['AUDIO', 'audio/ogg; codecs=opus'],
    ['DOCUMENT', 'application/pdf'],
  ])('freezes a message with which the recipient gets the same %s', async (type, mimeType) => {
    const stage = await stageOf();
    const { session } = await stage.link();
    const recipient = stage.simulator.createPhone();
    const bytes = randomBytes(300_000);
    const caption = type === 'AUDIO' ? null : 'look';
    const request = { type, path: await fileOf(bytes), mimeType, fileName: 'offer.pdf', caption };
    const content = await session.uploadMedia(request);
    expect(contentCodec.decode(content)).toMatchObject({
      kind: type,
      mimeType,
      caption,
      sizeBytes: bytes.length,
      sha256: createHash('sha256').update(bytes).digest('hex'),
      fileName: type === 'DOCUMENT' ? 'offer.pdf' : null,
    });
    const outcome = await session.send({ whatsappId: '3EB0AA00AA00AA00AA00', to: recipient.number, content });
    expect(outcome.kind).toBe('ACKED');
    expect(recipient.download(await recipient.waitForMessage()).equals(bytes)).toBe(true);
  });

  it('says so when the media server does not take the file', async () => {
    const stage = await stageOf();
    const { session } = await stage.link();
    stage.simulator.faults.add({ point: 'mediaUpload', times: null, action: { kind: 'http', status: 500 } });
    const path = await fileOf(randomBytes(100));
    const request = { type: 'IMAGE', path, mimeType: 'image/png', fileName: null, caption: null } as const;
    await expect(session.uploadMedia(request)).rejects.toMatchObject({ reason: 'WHATSAPP_UPLOAD_FAILED' });
  });
});

describe('downloading', () => {
  it('decrypts to a file', async () => {
    const stage = await stageOf();
    const member = await stage.link();
    const sender = stage.simulator.createPhone();
    const bytes = randomBytes(700_001);
    await sender.sendMedia(member.phone.number, {
      kind: 'image',
      data: bytes,
      mimetype: 'image/jpeg',
      caption: 'red',
    });
    const content = await inboundContent(member);
    expect(contentCodec.decode(content)).toMatchObject({ kind: 'IMAGE', caption: 'red', sizeBytes: 700_001 });
    const path = join(folder, 'image');
    expect(await member.session.downloadMedia(content, path, LIMIT)).toBe(700_001);
    expect((await readFile(path)).equals(bytes)).toBe(true);
  });

  it.each([
    ['gone', 404, 'WHATSAPP_MEDIA_GONE'],
    ['not to be had', 500, 'WHATSAPP_DOWNLOAD_FAILED'],
  ])('leaves no file of a medium that is %s', async (_name, status, reason) => {
    const stage = await stageOf();
    const member = await stage.link();
    const sender = stage.simulator.createPhone();
    await sender.sendMedia(member.phone.number, {
      kind: 'image',
      data: randomBytes(100),
      mimetype: 'image/jpeg',
    });
    stage.simulator.faults.add({ point: 'mediaDownload', action: { kind: 'http', status } });
    const path = join(folder, 'image');
    const download = member.session.downloadMedia(await inboundContent(member), path, LIMIT);
    await expect(download).rejects.toMatchObject({ reason });
    expect(existsSync(path)).toBe(false);
  });

  it('stops at the limit and leaves no file', async () => {
    const stage = await stageOf();
    const member = await stage.link();
    const sender = stage.simulator.createPhone();
    await sender.sendMedia(member.phone.number, {
      kind: 'document',
      data: randomBytes(50_000),
      mimetype: 'a/b',
    });
    const path = join(folder, 'document');
    const download = member.session.downloadMedia(await inboundContent(member), path, { maxBytes: 49_999 });
    await expect(download).rejects.toMatchObject({ reason: 'WHATSAPP_MEDIA_TOO_LARGE' });
    expect(existsSync(path)).toBe(false);
  });

  it('refuses a medium that is not what the sender said, and one whose key does not fit', async () => {
    const stage = await stageOf();
    const member = await stage.link();
    const sender = stage.simulator.createPhone();
    await sender.sendMedia(member.phone.number, {
      kind: 'image',
      data: randomBytes(100),
      mimetype: 'image/jpeg',
    });
    const original = proto.Message.decode(await inboundContent(member));
    const changed = (change: proto.Message.IImageMessage): Uint8Array =>
      proto.Message.encode({ imageMessage: { ...original.imageMessage, ...change } }).finish();
    const path = join(folder, 'image');
    for (const content of [
      changed({ fileSha256: randomBytes(32) }),
      changed({ mediaKey: randomBytes(32) }),
    ]) {
      const download = member.session.downloadMedia(content, path, LIMIT);
      await expect(download).rejects.toMatchObject({ reason: 'WHATSAPP_MEDIA_CORRUPT' });
      expect(existsSync(path)).toBe(false);
    }
  });

  it.each(['//127.0.0.1:1/file', 'https://127.0.0.1:1/file', '@127.0.0.1:1/file'])(
    'asks no server that a sender names: %s',
    async (directPath) => {
      const stage = await stageOf();
      const { session } = await stage.link();
      const fields = { directPath, mediaKey: randomBytes(32), url: 'https://127.0.0.1:1/file' };
      const content = proto.Message.encode({ imageMessage: fields }).finish();
      const download = session.downloadMedia(content, join(folder, 'image'), LIMIT);
      await expect(download).rejects.toMatchObject({ reason: 'WHATSAPP_MEDIA_GONE' });
    },
  );
});

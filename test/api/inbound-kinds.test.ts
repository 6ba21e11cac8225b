import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OutgoingMedium, Phone } from '../../src/simulator/index.js';
import { eventually } from '../support/eventually.js';
import { MovableClock } from '../support/movable-clock.js';
import { seed } from '../support/seed.js';
import type { ApiMessage, SeededDevice } from '../support/seeded-device.js';
import { startTestServer } from '../support/server.js';
import type { TestServer } from '../support/server.js';

const clock = new MovableClock();
let server: TestServer;
let device: SeededDevice;
let customer: Phone;
beforeAll(async () => {
  server = await startTestServer({ clock });
  device = await seed(server).agency().subaccount().device({ connected: true });
  customer = server.simulator.createPhone({ name: 'Ayu' });
});
afterAll(() => server.stop());

/** The message that WhatsApp knows by this id. */
const arrived = ({ id }: { id: string }): Promise<ApiMessage> =>
  device.messageThat(({ whatsappId }) => whatsappId === id);

describe('a message that changes another one', () => {
  it('edits its text and says when', async () => {
    const { number } = device.phone;
    const sent = await customer.sendText(number, 'see you at 5');
    const message = await arrived(sent);
    expect(message.editedAt).toBeNull();
    await customer.sendEdit(number, sent.id, 'see you at 6');
    await eventually(() => device.message(message.id)).toMatchObject({
      text: 'see you at 6',
      editedAt: expect.any(String) as unknown,
    });
  });

  it('deletes it for everybody, and nothing of its text is kept', async () => {
    const { number } = device.phone;
    const sent = await customer.sendText(number, 'my secret is Rosebud');
    const message = await arrived(sent);
    await customer.sendDeletion(number, sent.id);
    await eventually(() => device.message(message.id)).toMatchObject({
      text: null,
      deletedAt: expect.any(String) as unknown,
    });
  });

  it('is a reaction that names its target', async () => {
    const outgoing = await device.send({ to: customer.number, text: 'thank you!' });
    await device.messageBecomes(outgoing.id, 'READ');
    const reaction = await arrived(
      await customer.sendReaction(device.phone.number, { id: outgoing.whatsappId ?? '' }, '❤️'),
    );
    expect(reaction).toMatchObject({ kind: 'REACTION', text: '❤️', targetId: outgoing.id });
  });
});

describe('a message of another kind', () => {
  const kinds = [
    ['POLL', 'Lunch?', (to: string) => customer.sendPoll(to, 'Lunch?', ['Soto', 'Rawon'])],
    ['LOCATION', 'Office\n-6.2,106.8', (to: string) => customer.sendLocation(to, -6.2, 106.8, 'Office')],
    ['CONTACT', 'Pak Joko', (to: string) => customer.sendContact(to, 'Pak Joko', '628111222333')],
  ] as const;

  it.each(kinds)('is shown as %s with what people read of it', async (kind, text, send) => {
    const message = await arrived(await send(device.phone.number));
    expect(message).toMatchObject({ kind, status: 'RECEIVED', media: null });
    expect(message.text).toContain(text);
  });

  it('is kept as UNSUPPORTED when it is not understood', async () => {
    const groupInviteMessage = { groupJid: '1203630000000000@g.us', inviteCode: 'x', groupName: 'Club' };
    const message = await arrived(await customer.sendContent(device.phone.number, { groupInviteMessage }));
    expect(message).toMatchObject({ kind: 'UNSUPPORTED', text: null, status: 'RECEIVED' });
  });
});

describe('a file that a customer sends', () => {
  const bytes = Buffer.from('RIFF....WEBPVP8 and then something that only has to stay as it is');
  const files = [
    { kind: 'image', mimetype: 'image/jpeg', data: bytes, caption: 'the receipt' },
    { kind: 'video', mimetype: 'video/mp4', data: bytes, caption: 'the leak' },
    { kind: 'audio', mimetype: 'audio/ogg; codecs=opus', data: bytes },
    { kind: 'document', mimetype: 'application/pdf', data: bytes, fileName: 'faktur – Nº 7.pdf' },
    { kind: 'sticker', mimetype: 'image/webp', data: bytes },
  ] as const satisfies readonly OutgoingMedium[];

  async function received(medium: OutgoingMedium): Promise<ApiMessage> {
    const { id } = await arrived(await customer.sendMedia(device.phone.number, medium));
    await eventually(async () => (await device.message(id)).media?.state).toBe('AVAILABLE');
    return device.message(id);
  }

  it.each(files)('is stored and served as the same bytes: $kind', async (medium) => {
    const message = await received(medium);
    expect(message).toMatchObject({
      kind: medium.kind.toUpperCase(),
      text: 'caption' in medium ? medium.caption : null,
      media: { mimeType: medium.mimetype, sizeBytes: bytes.length },
    });
    const response = await fetch(message.media?.url ?? '');
    expect(response.status).toBe(200);
    expect(Buffer.from(await response.arrayBuffer())).toEqual(bytes);
    expect(response.headers.get('content-type')).toBe(medium.mimetype);
    if ('fileName' in medium) {
      expect(message.media?.fileName).toBe(medium.fileName);
      expect(response.headers.get('content-disposition')).toContain(encodeURIComponent(medium.fileName));
    }
  });

  it('is served in parts', async () => {
    const { media } = await received(files[1]);
    const response = await fetch(media?.url ?? '', { headers: { range: 'bytes=4-7' } });
    expect(response.status).toBe(206);
    expect(response.headers.get('content-range')).toBe(`bytes 4-7/${bytes.length}`);
    expect(Buffer.from(await response.arrayBuffer())).toEqual(bytes.subarray(4, 8));
  });

  it('that its author deleted is gone, also for who has the link', async () => {
    const sent = await customer.sendMedia(device.phone.number, files[0]);
    const { id } = await arrived(sent);
    await eventually(async () => (await device.message(id)).media?.state).toBe('AVAILABLE');
    const url = (await device.message(id)).media?.url ?? '';
    await customer.sendDeletion(device.phone.number, sent.id);
    await eventually(async () => (await fetch(url)).status).toBe(404);
  });

  it('is not served by a link that was changed, has expired, or was never signed', async () => {
    const { media, id } = await received(files[0]);
    const link = new URL(media?.url ?? '');
    const status = async (change: (url: URL) => void): Promise<number> => {
      const url = new URL(link);
      change(url);
      return (await fetch(url)).status;
    };
    expect(await status(() => undefined)).toBe(200);
    expect(await status((url) => url.searchParams.set('expires', '9999999999'))).toBe(403);
    expect(
      await status(
        (url) => (url.pathname = url.pathname.replace(/[^/]$/, (last) => (last === '0' ? '1' : '0'))),
      ),
    ).toBe(403);
    expect(await status((url) => (url.search = ''))).toBe(403);

    clock.advance(61 * 60_000);
    expect(await status(() => undefined)).toBe(410);
    expect(await status((url) => url.searchParams.set('signature', 'x'))).toBe(403);
    const fresh = await device.message(id);
    expect((await fetch(fresh.media?.url ?? '')).status).toBe(200);
  });
});

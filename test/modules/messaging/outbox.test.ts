import { Readable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { newId } from '../../../src/kernel/ids.js';
import { contentPlace } from '../../../src/modules/messaging/message/message.content.js';
import { WaitingWork } from '../../../src/modules/messaging/index.js';
import type { Message } from '../../../src/modules/messaging/index.js';
import { DeviceDrain } from '../../../src/modules/messaging/outbound/device-drain.js';
import { SessionFencedError, whatsappErrors } from '../../../src/whatsapp/index.js';
import { createMessaging } from './fixture.js';
import type { Messaging, TestDevice, TestSession } from './fixture.js';

let app: Messaging;
let device: TestDevice;
let connection: TestSession;

beforeAll(async () => {
  app = await createMessaging();
});
afterAll(() => app.close());
beforeEach(async () => {
  device = await app.seedDevice();
  connection = await app.openSession(device);
});

async function send(text: string, to = '6281200000001', changes: object = {}): Promise<string> {
  const { message } = await app.messages.accept(device.ctx, { deviceId: device.id, to, text, ...changes });
  return message.id;
}
const get = (id: string): Promise<Message> => app.reader.get(device.ctx, id);
const attemptsOf = async (id: string) => app.reader.findAttempts(device.ctx, [id]);
const texts = () => connection.session.written.map((message) => message.whatsappId);

/** Sends until nothing is due. */
async function drain({ live } = connection): Promise<void> {
  await new DeviceDrain(live, app).run();
}

async function statusEvents(id: string): Promise<string[]> {
  const rows = await app.db.query<{ step: string }>(
    `select payload->>'previous' || ' → ' || (payload->>'status') as step from event
     where stream_id = $1 and topic = 'message.status_changed' and payload->>'messageId' = $2 order by seq`,
    [device.subaccountId, id],
  );
  return rows.map((row) => row.step);
}

const PATIENCE = { timeout: 30_000 };
const UNANSWERED = { kind: 'UNANSWERED', address: 'x' } as const;
const failedBefore = { kind: 'NOT_WRITTEN', retryable: true, detail: 'no bundle' } as const;

describe('a login', () => {
  test('that finds nothing to send does not look for the next message; whoever wakes it later knows of one', async () => {
    const claim = vi.spyOn(app.outbox, 'claim');
    const release = vi.spyOn(app.outbox, 'releaseAbandoned');
    const asked = vi.spyOn(WaitingWork.prototype, 'of');
    onTestFinished(() => void vi.restoreAllMocks());
    const { live } = connection;
    await app.work.onOpen(live);
    await app.work.onLook(live);
    await app.work.onCaughtUp(live);
    await vi.waitFor(() => expect(asked).toHaveBeenCalledTimes(2));
    await Promise.all(asked.mock.results.map(({ value }) => value as Promise<unknown>));
    await nextTurn();
    expect(claim).not.toHaveBeenCalled();
    expect(release).not.toHaveBeenCalled();

    const id = await send('a');
    await app.work.onWake(live);
    await vi.waitFor(async () => expect((await get(id)).status).toBe('SENT'), PATIENCE);
  });
});

describe('how a try ends', () => {
  test('acknowledged: SENT, told step by step, and recorded', async () => {
    const id = await send('a');
    await drain();

    expect(await get(id)).toMatchObject({
      status: 'SENT',
      written: true,
      outcomeUnknown: false,
      dueAt: null,
    });
    expect((await get(id)).sentAt).toBeInstanceOf(Date);
    expect(await statusEvents(id)).toEqual(['PENDING → SENDING', 'SENDING → SENT']);
    expect(await attemptsOf(id)).toMatchObject([
      { number: 1, outcome: 'ACKED', node: 'test', epoch: connection.live.epoch },
    ]);
  });

  test.each([
    ['refused', { kind: 'REFUSED', code: 479, address: 'x' }, 'SERVER_REJECTED', 'REFUSED', true],
    [
      'refused for a reach-out lock',
      { kind: 'REFUSED', code: 463, address: 'x' },
      'ACCOUNT_RESTRICTED',
      'REFUSED',
      true,
    ],
    ['not on WhatsApp', { kind: 'NOT_ON_WHATSAPP' }, 'RECIPIENT_NOT_ON_WHATSAPP', 'NOT_ON_WHATSAPP', false],
    [
      'not sendable',
      { kind: 'NOT_WRITTEN', retryable: false, detail: 'bad' },
      'CONTENT_UNUSABLE',
      'NOT_WRITTEN',
      false,
    ],
  ] as const)('%s: FAILED', async (_name, outcome, code, recorded, written) => {
    const id = await send('a');
    connection.session.script.push(outcome);
    await drain();

    expect(await get(id)).toMatchObject({ status: 'FAILED', failureCode: code, written, dueAt: null });
    expect(await attemptsOf(id)).toMatchObject([{ outcome: recorded }]);
  });

  test('unanswered: waits with an unknown outcome, then goes once more with the same id and content', async () => {
    const id = await send('a');
    connection.session.script.push(UNANSWERED);
    await drain();
    expect(await get(id)).toMatchObject({ status: 'PENDING', outcomeUnknown: true, written: true });

    app.clock.advance(10_000);
    await drain();
    expect(await get(id)).toMatchObject({ status: 'SENT', outcomeUnknown: false, attemptCount: 2 });
    const [first, second] = connection.session.written;
    expect(second).toEqual(first);
  });

  test('failed before the wire: waits, and nobody is left in doubt', async () => {
    const id = await send('a');
    connection.session.script.push(failedBefore);
    await drain();

    expect(await get(id)).toMatchObject({ status: 'PENDING', outcomeUnknown: false, written: false });
    expect(await attemptsOf(id)).toMatchObject([{ outcome: 'NOT_WRITTEN', writtenAt: null }]);
    expect(connection.session.written).toEqual([]);
  });

  test('after five tries of its own it has FAILED, and its outcome stays unknown', async () => {
    const id = await send('a');
    for (let attempt = 1; attempt <= 5; attempt += 1) {
      connection.session.script.push(UNANSWERED);
      await drain();
      app.clock.advance(600_000);
    }
    expect(await get(id)).toMatchObject({
      status: 'FAILED',
      failureCode: 'ATTEMPTS_EXHAUSTED',
      outcomeUnknown: true,
    });
    expect(await attemptsOf(id)).toHaveLength(5);
  });

  test('a lost connection is not counted against the message', async () => {
    const id = await send('a');
    for (let attempt = 1; attempt <= 7; attempt += 1) {
      connection = await app.openSession(device);
      const { session } = connection;
      session.script.push(() => {
        session.isOpen = false;
        return UNANSWERED;
      });
      await drain();
    }
    expect(await get(id)).toMatchObject({ status: 'PENDING', outcomeUnknown: true, attemptCount: 7 });
    connection = await app.openSession(device);
    await drain();
    expect((await get(id)).status).toBe('SENT');
  });
});

describe('order', () => {
  test('is kept for a recipient: a message that waits to be repeated holds back the later ones to the same', async () => {
    const first = await send('1');
    const second = await send('2');
    const elsewhere = await send('3', '6281200000009');
    connection.session.script.push(failedBefore);
    await drain();

    expect((await get(first)).status).toBe('PENDING');
    expect((await get(second)).status).toBe('PENDING');
    expect((await get(elsewhere)).status).toBe('SENT');
    app.clock.advance(10_000);
    await drain();
    const ids = await Promise.all([elsewhere, first, second].map(async (id) => (await get(id)).whatsappId));
    expect(texts()).toEqual(ids);
  });

  test('is kept also when an earlier one was accepted by a process whose clock is ahead', async () => {
    const first = await send('from the future');
    const ahead = newId(Date.now() + 3_600_000);
    await app.db.query('update message set id = $2, content = $3 where id = $1', [
      first,
      ahead,
      (await app.deviceKeys.dataKey(device.ctx, device.id)).seal(Buffer.from('x'), contentPlace(ahead)),
    ]);
    const later = [await send('two'), await send('three')];
    await drain();

    const order = await Promise.all([ahead, ...later].map(async (id) => (await get(id)).whatsappId));
    expect(texts()).toEqual(order);
    expect(new Set(order).size).toBe(3);
  });

  test('30 messages leave in the order in which they were accepted', async () => {
    const ids: string[] = [];
    for (let index = 0; index < 30; index += 1) ids.push(await send(String(index)));
    await drain();

    const whatsappIds = await Promise.all(ids.map(async (id) => (await get(id)).whatsappId));
    expect(texts()).toEqual(whatsappIds);
  });
});

describe('expiry', () => {
  test('is checked when a message is taken', async () => {
    const id = await send('a', undefined, { expiresInSeconds: 5 });
    app.clock.advance(6_000);
    await drain();

    expect((await get(id)).status).toBe('EXPIRED');
    expect(connection.session.written).toEqual([]);
    expect(await attemptsOf(id)).toEqual([]);
  });

  test('is checked once more before the wire', async () => {
    const id = await send('a', undefined, { expiresInSeconds: 5 });
    const { session } = connection;
    const original = session.send.bind(session);
    session.send = async (message, hooks) => {
      app.clock.advance(6_000);
      return original(message, hooks);
    };
    await drain();

    expect(session.written).toEqual([]);
    expect(await get(id)).toMatchObject({ status: 'EXPIRED', written: false });
    expect(await attemptsOf(id)).toMatchObject([{ outcome: 'WITHDRAWN', writtenAt: null }]);
  });

  test('comes also to messages of a device that is not connected', async () => {
    const id = await send('a', undefined, { expiresInSeconds: 5 });
    const kept = await send('b');
    app.clock.advance(6_000);
    await app.deadMessages.sweep();

    expect((await get(id)).status).toBe('EXPIRED');
    expect((await get(kept)).status).toBe('PENDING');
  });
});

test.each([
  ['banned', `link = 'BANNED'`, 'DEVICE_BANNED'],
  ['deleted', 'deleted_at = now()', 'DEVICE_DELETED'],
])('messages that wait on a %s device fail with that reason', async (_name, facts, code) => {
  const id = await send('a');
  await app.db.query(`update device set ${facts} where id = $1`, [device.id]);
  await app.deadMessages.sweep();
  expect(await get(id)).toMatchObject({ status: 'FAILED', failureCode: code });
});

describe('a process that ended in the middle of a send', () => {
  /** Claims the message and leaves it, as a kill does. */
  async function abandon(written: boolean): Promise<void> {
    const first = await app.outbox.claim(connection.live);
    const claim = first === 'SUSPECT' ? await app.outbox.claim(connection.live, { alone: true }) : first;
    if (claim === null || typeof claim === 'string' || 'until' in claim)
      throw new Error('nothing was claimed');
    for (const claimed of claim.messages) if (written) await app.outbox.markWritten(connection.live, claimed);
    await app.db.query(`update message_attempt set node = 'dead' where outcome = 'IN_PROGRESS'`);
    connection = await app.openSession(device);
  }

  test('leaves it to the next one, which repeats it with the same id after WhatsApp has told everything', async () => {
    const id = await send('a');
    await abandon(true);
    await app.work.onOpen(connection.live);
    await app.work.onWake(connection.live);
    await vi.waitFor(async () => expect((await get(id)).status).toBe('SENDING'), PATIENCE);
    expect(connection.session.written).toEqual([]);

    await app.work.onCaughtUp(connection.live);
    await vi.waitFor(async () => expect((await get(id)).status).toBe('SENT'), PATIENCE);
    expect(texts()).toEqual([(await get(id)).whatsappId]);
    expect(await attemptsOf(id)).toMatchObject([{ outcome: 'ABANDONED' }, { outcome: 'ACKED' }]);
  });

  test('need not be repeated when a late receipt proves that it arrived', async () => {
    const id = await send('a');
    const { whatsappId } = await get(id);
    await abandon(true);
    await app.work.onOpen(connection.live);
    await app.work.onReceipts(connection.live, [
      { whatsappIds: [whatsappId ?? ''], chat: 'x', kind: 'DELIVERED', at: new Date() },
    ]);
    await app.work.onCaughtUp(connection.live);
    await drain();

    expect(await get(id)).toMatchObject({ status: 'DELIVERED', dueAt: null });
    expect(connection.session.written).toEqual([]);
  });

  test('once beside others and three times alone: the payload is taken for poison, and the next goes out', async () => {
    const poison = await send('a');
    const next = await send('b');
    for (let crash = 1; crash <= 4; crash += 1) {
      await abandon(false);
      await app.outbox.releaseAbandoned(connection.live);
    }
    await drain();

    expect(await get(poison)).toMatchObject({
      status: 'FAILED',
      failureCode: 'POISON_PAYLOAD',
      written: false,
    });
    expect((await get(next)).status).toBe('SENT');
  });

  test('as often as it likes beside other messages proves nothing against one of them', async () => {
    const id = await send('a');
    for (let crash = 1; crash <= 5; crash += 1) {
      await abandon(false);
      await app.db.query('update message_attempt set alone = false');
      await app.outbox.releaseAbandoned(connection.live);
    }
    await drain();
    expect((await get(id)).status).toBe('SENT');
  });

  test('leaves no try open of a message that a receipt has settled', async () => {
    const id = await send('a');
    const { whatsappId } = await get(id);
    await abandon(true);
    const receipt = {
      whatsappIds: [whatsappId ?? ''],
      chat: 'x',
      kind: 'DELIVERED',
      at: new Date(),
    } as const;
    await app.work.onReceipts(connection.live, [receipt]);
    await app.outbox.releaseAbandoned(connection.live);
    expect(await get(id)).toMatchObject({ status: 'DELIVERED', dueAt: null });
    expect(await attemptsOf(id)).toMatchObject([
      { outcome: 'ABANDONED', endedAt: expect.any(Date) as unknown },
    ]);
  });

  test('that wakes up again writes nothing: its epoch has passed', async () => {
    const id = await send('a');
    const old = connection;
    connection = await app.openSession(device);
    await expect(drain(old)).rejects.toThrow(SessionFencedError);

    expect(old.session.written).toEqual([]);
    expect(await get(id)).toMatchObject({ status: 'PENDING', attemptCount: 0 });
  });
});

describe('a file', () => {
  const media = { url: 'https://example.com/a.pdf', type: 'DOCUMENT', fileName: 'a.pdf' };

  async function sendFile(): Promise<string> {
    const id = await send('caption', undefined, { media });
    await app.store.put(`${device.subaccountId}/${id}`, {
      stream: Readable.from(['x']),
    });
    await app.db.query(
      `update message_media set state = 'AVAILABLE', due_at = null, storage_key = $2, mime_type = 'application/pdf'
       where message_id = $1`,
      [id, `${device.subaccountId}/${id}`],
    );
    app.clock.advance(60_000);
    return id;
  }

  test('that is not fetched yet holds back what comes after it to the same recipient', async () => {
    await send('caption', undefined, { media });
    const after = await send('after');
    app.clock.advance(60_000);
    await drain();
    expect((await get(after)).status).toBe('PENDING');
  });

  test('is uploaded once: a repetition sends the same content', async () => {
    const id = await sendFile();
    connection.session.script.push(UNANSWERED);
    await drain();
    app.clock.advance(10_000);
    await drain();

    expect((await get(id)).status).toBe('SENT');
    expect(connection.session.uploads).toMatchObject([
      { type: 'DOCUMENT', mimeType: 'application/pdf', fileName: 'a.pdf', caption: 'caption' },
    ]);
    const [first, second] = connection.session.written;
    expect(second).toEqual(first);
  });

  test('that was uploaded by a process that ended before it froze the content is uploaded anew, and sent once', async () => {
    const id = await sendFile();
    connection.session.onUpload = async () => {
      connection.lose();
      await app.openSession(device).then((next) => (connection = next));
      return Buffer.from('keys that nobody will ever know');
    };
    await expect(drain()).rejects.toThrow(SessionFencedError);
    await app.outbox.releaseAbandoned(connection.live);
    connection.session.onUpload = async () => Buffer.from('fresh keys');
    await drain();

    expect((await get(id)).status).toBe('SENT');
    expect(connection.session.written.map(({ content }) => Buffer.from(content).toString())).toEqual([
      'fresh keys',
    ]);
    expect(await attemptsOf(id)).toMatchObject([
      { outcome: 'ABANDONED', writtenAt: null },
      { outcome: 'ACKED' },
    ]);
  });

  test('that cannot be uploaded is tried again, and fails in the end with its own reason', async () => {
    const id = await sendFile();
    connection.session.onUpload = async () => {
      throw whatsappErrors.WHATSAPP_UPLOAD_FAILED();
    };
    for (let attempt = 1; attempt <= 5; attempt += 1) {
      await drain();
      app.clock.advance(600_000);
    }
    expect(await get(id)).toMatchObject({
      status: 'FAILED',
      failureCode: 'MEDIA_UPLOAD_FAILED',
      attemptCount: 5,
    });
  });
});

test('messages of two devices leave side by side', async () => {
  const other = await app.seedDevice({ beside: device });
  const otherConnection = await app.openSession(other);
  const acked = { kind: 'ACKED', at: new Date(), address: 'x' } as const;
  let answer: () => void = () => undefined;
  connection.session.script.push(() => new Promise((resolve) => (answer = () => resolve(acked))));
  const slow = await send('slow');
  const { message } = await app.messages.accept(other.ctx, {
    deviceId: other.id,
    to: '6281200000001',
    text: 'x',
  });

  await app.work.onWake(connection.live);
  await vi.waitFor(() => expect(connection.session.written).toHaveLength(1), PATIENCE);
  await app.work.onWake(otherConnection.live);
  await vi.waitFor(async () => expect((await get(message.id)).status).toBe('SENT'), PATIENCE);
  expect((await get(slow)).status).toBe('SENDING');
  answer();
  await app.work.onClosing(connection.live);
  expect((await get(slow)).status).toBe('SENT');
});

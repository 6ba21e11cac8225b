import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { SendPolicy } from '../../../src/modules/device/index.js';
import type { Message } from '../../../src/modules/messaging/index.js';
import { waitOf } from '../../../src/modules/messaging/message/message.waiting.js';
import { DeviceDrain } from '../../../src/modules/messaging/outbound/device-drain.js';
import { createMessaging, JumpingClock } from './fixture.js';
import type { Messaging, TestDevice, TestSession } from './fixture.js';

const MINUTE = 60_000;
const DAY = 86_400_000;
const REFUSED = { kind: 'REFUSED', code: 463, address: 'x' } as const;

const clock = new JumpingClock();
let app: Messaging;
let device: TestDevice;
let connection: TestSession;

beforeAll(async () => {
  app = await createMessaging({ clock, pacing: 'ON' });
});
afterAll(() => app.close());
beforeEach(async () => {
  device = await app.seedDevice();
  connection = await app.openSession(device);
  await app.db.query(`update device set number_since = $2 where id = $1`, [device.id, clock.now()]);
});

async function send(to = '6281200000001', changes: object = {}): Promise<string> {
  const { message } = await app.messages.accept(device.ctx, {
    deviceId: device.id,
    to,
    text: 'a',
    ...changes,
  });
  return message.id;
}
const get = (id: string): Promise<Message> => app.reader.get(device.ctx, id);
const statusOf = async (id: string) => (await get(id)).status;
const drain = () => new DeviceDrain(connection.live, app).run();

async function policy(changes: Partial<SendPolicy>): Promise<void> {
  await app.db.query(`update device set send_policy = $2 where id = $1`, [
    device.id,
    JSON.stringify(changes),
  ]);
}

/** Somebody writes to the number. */
async function writtenBy(id: string): Promise<void> {
  await app.db.query(`update conversation set first_inbound_at = now() where id = $1`, [
    (await get(id)).conversationId,
  ]);
}

async function writtenAt(): Promise<readonly number[]> {
  const rows = await app.db.query<{ ms: number }>(
    `select extract(epoch from written_at)::float8 * 1000 as ms from message_attempt
     where device_id = $1 and written_at is not null order by written_at`,
    [device.id],
  );
  return rows.map(({ ms }) => ms);
}

/** Why a message waits, as a caller sees it. */
async function waitingFor(id: string) {
  const message = await get(id);
  const [facts] = await app.reader.findDevices(device.ctx, [device.id]);
  const [conversation] = await app.reader.findConversations(device.ctx, [message.conversationId]);
  if (facts === undefined || conversation === undefined) throw new Error('nothing there');
  return waitOf(message, { device: facts, conversation }, clock.now());
}

describe('a paced device', () => {
  test('that was free a moment ago is held by its new rules, and what was taken by the old ones is given back', async () => {
    await policy({ pacing: 'OFF' });
    await send();
    await drain();
    await policy({ pacing: 'ON', perHour: 1, minDelayMs: 0, maxDelayMs: 0, typing: false });
    const id = await send();
    await drain();
    expect(await get(id)).toMatchObject({ status: 'PENDING', attemptCount: 0 });
    expect(await app.reader.findAttempts(device.ctx, [id])).toEqual([]);
    expect(await writtenAt()).toHaveLength(1);
  });

  test('pauses between messages, and shows that it types', async () => {
    await send();
    await send();
    await drain();

    const [first = 0, second = 0] = await writtenAt();
    expect(second - first).toBeGreaterThanOrEqual(2_000 + 800);
    expect(second - first).toBeLessThanOrEqual(6_000 + 800 + 2_000);
    expect(connection.session.typed).toEqual([
      ['6281200000001', true],
      ['6281200000001', false],
      ['6281200000001', true],
      ['6281200000001', false],
    ]);
  });

  test('keeps its caps over a restart in the middle, and says what a message waits for', async () => {
    await policy({ perMinute: 4, minDelayMs: 0, maxDelayMs: 0, typing: false });
    const ids: string[] = [];
    for (let index = 0; index < 10; index += 1) ids.push(await send());
    await drain();
    expect(await writtenAt()).toHaveLength(4);
    expect(await waitingFor(ids[9] ?? '')).toMatchObject({ reason: 'PACING' });

    connection = await app.openSession(device);
    await drain();
    expect(await writtenAt()).toHaveLength(4);
    for (let minute = 1; minute <= 2; minute += 1) {
      clock.advance(MINUTE);
      connection = await app.openSession(device);
      await drain();
    }
    const times = await writtenAt();
    expect(times).toHaveLength(10);
    expect(times.every((at, index) => index < 4 || at - (times[index - 4] ?? 0) >= MINUTE)).toBe(true);
  });

  test('is not looked at by the sweeper before something may leave', async () => {
    await policy({ perMinute: 1, typing: false });
    await send();
    await send();
    await drain();
    const due = () =>
      app.db.query<{ id: string }>(
        'select id from list_devices_with_due_messages($1, $2, null, 1000) where id = $3',
        [[device.shard], clock.now(), device.id],
      );
    expect(await due()).toEqual([]);
    clock.advance(MINUTE);
    expect(await due()).toHaveLength(1);
    await app.db.query(`update device set connection = 'BACKOFF' where id = $1`, [device.id]);
    expect(await due()).toEqual([]);
  });

  test('begins no more new chats than its cap, while it goes on with the known ones', async () => {
    await policy({ newChatsPerDay: 2, minDelayMs: 0, maxDelayMs: 0, typing: false });
    const strangers = ['6281200000001', '6281200000002', '6281200000003'];
    const ids = await Promise.all(strangers.map((to) => send(to)));
    await drain();
    const states = await Promise.all(ids.map(statusOf));
    expect(states.toSorted()).toEqual(['PENDING', 'SENT', 'SENT']);

    const waiting = ids[states.indexOf('PENDING')] ?? '';
    const known = await send(strangers[states.indexOf('SENT')]);
    await drain();
    expect(await statusOf(known)).toBe('SENT');
    expect(await waitingFor(waiting)).toMatchObject({ reason: 'PACING' });
    clock.advance(DAY);
    await drain();
    expect(await statusOf(waiting)).toBe('SENT');
  });

  test('counts a number without WhatsApp as a new chat: numbers cannot be guessed with it', async () => {
    await policy({ newChatsPerDay: 2, minDelayMs: 0, maxDelayMs: 0, typing: false });
    const nobody = { kind: 'NOT_ON_WHATSAPP' } as const;
    connection.session.script.push(nobody, nobody, nobody);
    const ids = [await send('6281200000001'), await send('6281200000002'), await send('6281200000003')];
    await drain();
    expect(await Promise.all(ids.map(statusOf))).toEqual(['FAILED', 'FAILED', 'PENDING']);
    expect(await waitingFor(ids[2] ?? '')).toMatchObject({ reason: 'PACING' });
    expect(connection.session.script).toEqual([nobody]);
  });

  test('keeps its sending hours', async () => {
    const hour = clock.now().getUTCHours();
    const from = hour < 12 ? '14:00' : '02:00';
    await policy({ sendingHours: { from, until: hour < 12 ? '20:00' : '08:00' } });
    const id = await send();
    await drain();
    const wait = await waitingFor(id);
    expect(wait?.reason).toBe('SENDING_HOURS');
    expect(wait?.until.toISOString()).toContain(`T${from}:00.000Z`);
  });

  test('lets everything go at once when its pacing is switched off', async () => {
    await policy({ perMinute: 1 });
    const ids = [await send(), await send(), await send()];
    await drain();
    await policy({ pacing: 'OFF' });
    await drain();
    expect(await Promise.all(ids.map(statusOf))).toEqual(['SENT', 'SENT', 'SENT']);
  });
});

describe('while WhatsApp limits new chats of the number', () => {
  beforeEach(() => policy({ minDelayMs: 0, maxDelayMs: 0, typing: false }));

  test('a reply goes out, a message to a stranger waits, and the limit ends', async () => {
    await app.db.query(`update device set reachout_locked_until = $2 where id = $1`, [
      device.id,
      new Date(clock.now().getTime() + DAY),
    ]);
    const cold = await send('6281200000001');
    const reply = await send('6281200000002');
    await writtenBy(reply);
    await drain();
    expect(await statusOf(reply)).toBe('SENT');
    expect(await statusOf(cold)).toBe('PENDING');
    expect(await waitingFor(cold)).toMatchObject({ reason: 'REACHOUT_LOCK' });

    clock.advance(DAY);
    await drain();
    expect(await statusOf(cold)).toBe('SENT');
  });

  test('as a refusal tells, the others are not even tried', async () => {
    connection.session.script.push(REFUSED);
    const refused = await send('6281200000001');
    const next = await send('6281200000002');
    await drain();
    expect(await get(refused)).toMatchObject({ status: 'FAILED', failureCode: 'ACCOUNT_RESTRICTED' });
    expect(await statusOf(next)).toBe('PENDING');
    expect(connection.session.written).toHaveLength(1);
  });
});

describe('what a caller asks for', () => {
  beforeEach(() => policy({ pacing: 'OFF' }));

  test('HIGH goes before NORMAL before LOW, one recipient in order, and a lower one after ten higher ones', async () => {
    const low = [
      await send('6281200000009', { priority: 'LOW' }),
      await send('6281200000009', { priority: 'LOW' }),
    ];
    const high: string[] = [];
    for (let index = 0; index < 12; index += 1) high.push(await send('6281200000001', { priority: 'HIGH' }));
    const normal = await send('6281200000002');
    await drain();

    const order = [...high.slice(0, 10), normal, low[0], ...high.slice(10), low[1]];
    const sent = connection.session.written.map(({ whatsappId }) => whatsappId);
    expect(sent).toEqual(await Promise.all(order.map(async (id) => (await get(id ?? '')).whatsappId)));
  });

  test('a scheduled message waits for its time, holds nothing back, and goes out late when it was missed', async () => {
    const scheduledAt = new Date(clock.now().getTime() + 10 * MINUTE);
    const later = await send(undefined, { scheduledAt });
    const now = await send();
    await drain();
    expect(await statusOf(now)).toBe('SENT');
    expect(await get(later)).toMatchObject({ status: 'SCHEDULED', scheduledAt, dueAt: scheduledAt });
    expect(await waitingFor(later)).toEqual({ reason: null, until: scheduledAt });

    clock.advance(30 * MINUTE);
    await drain();
    expect(await statusOf(later)).toBe('SENT');
  });

  test('a scheduled message whose time was over before anybody could send it expires', async () => {
    const scheduledAt = new Date(clock.now().getTime() + MINUTE);
    const id = await send(undefined, { scheduledAt, expiresInSeconds: 60 });
    clock.advance(10 * MINUTE);
    await drain();
    expect(await statusOf(id)).toBe('EXPIRED');
    expect(connection.session.written).toEqual([]);
  });

  test('a failed try is repeated after the interval and as often as asked', async () => {
    const id = await send(undefined, { retryIntervalSeconds: 600, maxAttempts: 2 });
    connection.session.script.push(
      { kind: 'UNANSWERED', address: 'x' },
      { kind: 'UNANSWERED', address: 'x' },
    );
    await drain();
    const { dueAt } = await get(id);
    expect((dueAt?.getTime() ?? 0) - clock.now().getTime()).toBeGreaterThan(590_000);
    clock.advance(600_000);
    await drain();
    expect(await get(id)).toMatchObject({
      status: 'FAILED',
      failureCode: 'ATTEMPTS_EXHAUSTED',
      attemptCount: 2,
    });
  });

  test.each([
    ['priority', { priority: 'URGENT' }],
    ['scheduledAt', { scheduledAt: new Date(0) }],
    ['retryIntervalSeconds', { retryIntervalSeconds: 0 }],
    ['retryIntervalSeconds', { retryIntervalSeconds: 86_401 }],
    ['maxAttempts', { maxAttempts: 21 }],
    ['maxAttempts', { maxAttempts: 1.5 }],
  ])('a wrong %s is refused by its name', async (field, changes) => {
    await expect(send(undefined, changes)).rejects.toMatchObject({
      fields: [{ path: `input.${field}` }],
    });
  });

  test('an expiry before the scheduled time is refused', async () => {
    const at = (minutes: number) => new Date(clock.now().getTime() + minutes * MINUTE);
    await expect(send(undefined, { scheduledAt: at(10), expiresAt: at(5) })).rejects.toMatchObject({
      fields: [{ path: 'input.expiresAt', message: 'must be after scheduledAt' }],
    });
  });
});

import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { newId } from '../../../src/kernel/ids.js';
import { capsOf, sendPolicyOf } from '../../../src/modules/device/index.js';
import { contentPlace } from '../../../src/modules/messaging/message/message.content.js';
import { DeviceDrain } from '../../../src/modules/messaging/outbound/device-drain.js';
import { createMessaging, JumpingClock } from './fixture.js';
import type { Messaging, TestDevice, TestSession } from './fixture.js';

// Thousands of transactions: a busy machine takes its time.
vi.setConfig({ testTimeout: 180_000 });

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const CROWD = 5_000;

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
  await pace({ pacing: 'OFF' });
});

async function pace(changes: object, { id } = device): Promise<void> {
  await app.db.query(`update device set send_policy = $2, number_since = $3 where id = $1`, [
    id,
    JSON.stringify(changes),
    clock.now(),
  ]);
}

async function send(to: string, changes: object = {}, { id, ctx } = device): Promise<string> {
  const { message } = await app.messages.accept(ctx, { deviceId: id, to, text: 'a', ...changes });
  return message.id;
}

const statusOf = async (id: string) => (await app.reader.get(device.ctx, id)).status;
const drain = () => new DeviceDrain(connection.live, app).run();
const recipients = () => connection.session.written.map(({ to }) => to);

/** What a campaign queues: many messages to each of many people. */
async function queueCrowd(people = 100): Promise<void> {
  const key = await app.deviceKeys.dataKey(device.ctx, device.id);
  const originals: string[] = [];
  for (let index = 0; index < people; index += 1) originals.push(await send(numberOf(index)));
  const copies = Array.from({ length: CROWD - people }, (_, index) => {
    const id = newId();
    const content = key.seal(Buffer.from('x'), contentPlace(id));
    return { id, content, original: originals[index % people] };
  });
  const columns = await app.db.query<{ names: string }>(
    `select string_agg('m.' || column_name, ', ') as names from information_schema.columns
     where table_name = 'message' and column_name not in ('id', 'whatsapp_id', 'content')`,
  );
  const names = columns[0]?.names ?? '';
  await app.db.query(
    `insert into message (id, whatsapp_id, content, ${names.replaceAll('m.', '')})
     select copy.id, copy.id::text, copy.content, ${names}
     from unnest($1::uuid[], $2::bytea[], $3::uuid[]) as copy (id, content, original)
     join message m on m.id = copy.original`,
    [
      copies.map(({ id }) => id),
      copies.map(({ content }) => content),
      copies.map(({ original }) => original),
    ],
  );
}

const numberOf = (index: number): string => `62812${String(index).padStart(8, '0')}`;

describe('5,000 messages', () => {
  test('on a device of a day exceed no cap in any window, over days and restarts', async () => {
    await pace({});
    await queueCrowd();
    const numberSince = new Date(clock.now().getTime() - DAY);
    await app.db.query(`update device set number_since = $2 where id = $1`, [device.id, numberSince]);
    const end = clock.now().getTime() + 2 * DAY;
    while (clock.now().getTime() < end) {
      connection = await app.openSession(device);
      await drain();
      const [row] = await app.db.query<{ until: Date }>(
        `select greatest(sends_held_until, new_chats_held_until) as until from device where id = $1`,
        [device.id],
      );
      clock.advance(Math.max(1_000, (row?.until.getTime() ?? 0) - clock.now().getTime()));
    }
    const rows = await app.db.query<{ ms: number; first: boolean }>(
      `select extract(epoch from a.written_at)::float8 * 1000 as ms, c.reached_out_at = a.written_at as first
       from message_attempt a join message m on m.id = a.message_id join conversation c on c.id = m.conversation_id
       where a.device_id = $1 and a.written_at is not null order by a.written_at`,
      [device.id],
    );
    const capAt = (ms: number) => capsOf(sendPolicyOf({}, 'ON'), numberSince, new Date(ms));
    const all = rows.map(({ ms }) => ms);
    const first = rows.filter((row) => row.first).map(({ ms }) => ms);
    expect(all.length).toBeGreaterThan(61 + 74);
    for (const [times, windowMs, cap] of [
      [all, MINUTE, 'perMinute'],
      [all, HOUR, 'perHour'],
      [all, DAY, 'perDay'],
      [first, DAY, 'newChatsPerDay'],
    ] as const) {
      const excess = times.map(
        (at) => times.filter((other) => other <= at && other > at - windowMs).length - capAt(at)[cap],
      );
      expect(Math.max(...excess), cap).toBeLessThanOrEqual(0);
    }
  });

  test('of one device do not hold up the few of another', async () => {
    const other = await app.seedDevice({ beside: device });
    await pace({ pacing: 'OFF' }, other);
    const otherConnection = await app.openSession(other);
    await queueCrowd();
    const few: string[] = [];
    for (let index = 0; index < 20; index += 1) few.push(await send(numberOf(index), {}, other));

    const crowd = new DeviceDrain(connection.live, app);
    const crowdGone = crowd.run();
    await new DeviceDrain(otherConnection.live, app).run();
    const sentMeanwhile = connection.session.written.length;
    crowd.stop();
    await crowdGone;
    expect(await Promise.all(few.map(statusOf))).toEqual(few.map(() => 'SENT'));
    // Turn by turn: as many of one as of the other, give or take what the machine does beside it.
    expect(sentMeanwhile).toBeLessThan(20 * 5);
  });
});

describe('scheduled messages that fell due together', () => {
  const scheduledAt = () => new Date(clock.now().getTime() + HOUR);

  test('go out although more than a hundred that must wait are before them', async () => {
    const at = scheduledAt();
    const media = { url: 'https://example.com/a.pdf', type: 'DOCUMENT' };
    for (let index = 0; index < 110; index += 1) await send(numberOf(1), { media, scheduledAt: at });
    const id = await send(numberOf(2), { scheduledAt: at });
    clock.advance(2 * HOUR);
    await drain();
    expect(await statusOf(id)).toBe('SENT');
  });

  test('of a low priority have their turn among more than two hundred higher ones', async () => {
    const at = scheduledAt();
    const low = await send(numberOf(1), { priority: 'LOW', scheduledAt: at });
    for (let index = 0; index < 215; index += 1) await send(numberOf(2), { scheduledAt: at });
    clock.advance(2 * HOUR);
    await drain();
    expect(await statusOf(low)).toBe('SENT');
    expect(recipients().indexOf(numberOf(1))).toBe(10);
  });

  test('and go to somebody we know leave past those to strangers that must wait', async () => {
    await limitNewChats();
    const cold = await send(numberOf(1));
    const known = await send(numberOf(2), { scheduledAt: scheduledAt() });
    await wroteToUs(known);
    clock.advance(2 * HOUR);
    await drain();
    expect([await statusOf(cold), await statusOf(known)]).toEqual(['PENDING', 'SENT']);
  });
});

describe('a lower priority', () => {
  test('keeps its turn when its first message must wait and a later one need not', async () => {
    await limitNewChats();
    await send(numberOf(1), { priority: 'LOW' });
    const known = await send(numberOf(2), { priority: 'LOW' });
    await wroteToUs(known);
    const high: string[] = [];
    for (let index = 0; index < 30; index += 1) high.push(await send(numberOf(3), { priority: 'HIGH' }));
    await wroteToUs(high[0] ?? '');
    await drain();
    expect(recipients().indexOf(numberOf(2))).toBe(10);
  });
});

describe("WhatsApp's limit of new chats", () => {
  test('stops also the message that is on its way to the wire when it comes', async () => {
    connection.session.script.push(async () => {
      await limitNewChats();
      return { kind: 'ACKED', at: clock.now(), address: 'x' };
    });
    const [first, second] = [await send(numberOf(1)), await send(numberOf(2))];
    await drain();
    expect([await statusOf(first), await statusOf(second)]).toEqual(['SENT', 'PENDING']);
    expect(connection.session.written).toHaveLength(1);
  });

  test('that is used up holds who was never written to, until its cycle ends', async () => {
    const [begun, fresh] = [await send(numberOf(1)), await send(numberOf(2), { priority: 'LOW' })];
    await app.db.query('update conversation set reached_out_at = now() where id = $1', [
      (await app.reader.get(device.ctx, begun)).conversationId,
    ]);
    await app.db.query('update device set new_chats_capped_until = $2 where id = $1', [
      device.id,
      new Date(clock.now().getTime() + HOUR),
    ]);
    await drain();
    expect([await statusOf(begun), await statusOf(fresh)]).toEqual(['SENT', 'PENDING']);
    clock.advance(HOUR);
    await drain();
    expect(await statusOf(fresh)).toBe('SENT');
  });
});

async function limitNewChats(): Promise<void> {
  await app.db.query('update device set reachout_locked_until = $2 where id = $1', [
    device.id,
    new Date(clock.now().getTime() + 3 * DAY),
  ]);
}

async function wroteToUs(id: string): Promise<void> {
  const { conversationId } = await app.reader.get(device.ctx, id);
  await app.db.query('update conversation set first_inbound_at = now() where id = $1', [conversationId]);
}

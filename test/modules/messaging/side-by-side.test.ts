import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { LiveSession } from '../../../src/modules/device/index.js';
import { DeviceDrain } from '../../../src/modules/messaging/outbound/device-drain.js';
import type { FrozenMessage, SendOutcome } from '../../../src/whatsapp/index.js';
import { createMessaging } from './fixture.js';
import type { Messaging, TestDevice, TestSession } from './fixture.js';

const PEOPLE = ['6281200000001', '6281200000002', '6281200000003', '6281200000004', '6281200000005'];
const PATIENCE = { timeout: 30_000 };

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

async function send(to: string, changes: object = {}): Promise<string> {
  const { message } = await app.messages.accept(device.ctx, {
    deviceId: device.id,
    to,
    text: 'a',
    ...changes,
  });
  return message.id;
}

/** One to each, all of whom were written to before: no new chat is begun. */
async function sendEach(): Promise<string[]> {
  const ids: string[] = [];
  for (const to of PEOPLE) ids.push(await send(to));
  await app.db.query('update conversation set reached_out_at = now() where device_id = $1', [device.id]);
  return ids;
}

const drain = () => new DeviceDrain(connection.live, app).run();
const recipients = () => connection.session.written.map(({ to }) => to);
const stateOf = async (id: string) => {
  const { status, attemptCount } = await app.reader.get(device.ctx, id);
  return [status, attemptCount];
};
/** Those that told of a step of one of these messages. */
async function transactionsOf(ids: readonly string[]): Promise<number | undefined> {
  const [row] = await app.db.query<{ count: number }>(
    `select count(distinct xmin::text)::int as count from event
     where topic = 'message.status_changed' and payload->>'messageId' = any ($1)`,
    [ids],
  );
  return row?.count;
}
const ack = ({ to }: FrozenMessage): SendOutcome => ({ kind: 'ACKED', at: new Date(), address: to });
const answer = (step: (message: FrozenMessage) => Promise<SendOutcome>): void => {
  connection.session.script.push(...PEOPLE.map(() => step));
};

test('messages to several people are on the wire before the first is acknowledged, and take two transactions', async () => {
  // The device's rules are read with the first message, alone.
  await send('6281200000009');
  await drain();
  const ids = await sendEach();
  answer(async (message) => {
    await vi.waitFor(() => expect(recipients().slice(1).toSorted()).toEqual(PEOPLE), PATIENCE);
    return ack(message);
  });
  await drain();
  expect(await Promise.all(ids.map(stateOf))).toEqual(PEOPLE.map(() => ['SENT', 1]));
  expect(await transactionsOf(ids)).toBe(2);
});

test('after the last message nothing is claimed: that nothing waits is seen with its ack', async () => {
  const [to = ''] = PEOPLE;
  const statements = async (): Promise<number> => {
    await app.db.query('update conversation set reached_out_at = now() where device_id = $1', [device.id]);
    const before = app.database.queryCount;
    await drain();
    return app.database.queryCount - before;
  };
  await send(to);
  await statements();
  await send(to);
  // A login's question in 3, the claim in 6, what is noted before the wire in 5, the ack in 5. To claim once more would be 2.
  expect(await statements()).toBeLessThanOrEqual(19);
});

test('what is accepted while the ack is awaited is claimed with it', async () => {
  const [to = '', other = ''] = PEOPLE;
  await send(to);
  let second = '';
  connection.session.script.push(async (message) => {
    second = await send(other);
    return ack(message);
  });
  await drain();
  expect(await stateOf(second)).toEqual(['SENT', 1]);
});

test('one recipient gets theirs one after another, whoever else gets some beside', async () => {
  await send('6281200000009');
  await drain();
  const first = await sendEach();
  const second = await sendEach();
  const unsettled = new Set<string>();
  answer(async (message) => {
    expect(unsettled.has(message.to)).toBe(false);
    unsettled.add(message.to);
    await vi.waitFor(() => expect(unsettled.size).toBe(PEOPLE.length), PATIENCE);
    return ack(message);
  });
  await drain();
  expect(await Promise.all([...first, ...second].map(stateOf))).toEqual(
    [...PEOPLE, ...PEOPLE].map(() => ['SENT', 1]),
  );
  expect(recipients().slice(1, 6).toSorted()).toEqual(PEOPLE);
});

test('of new chats one is begun at a time: what WhatsApp refuses once is not tried with others', async () => {
  await send('6281200000009');
  await drain();
  const ids = [];
  for (const to of PEOPLE) ids.push(await send(to));
  connection.session.script.push({ kind: 'REFUSED', code: 463, address: 'x' });
  await drain();
  expect((await Promise.all(ids.map(stateOf))).map(([status]) => status)).toEqual([
    'FAILED',
    ...PEOPLE.slice(1).map(() => 'PENDING'),
  ]);
  expect(connection.session.written).toHaveLength(2);
});

test('when one ends in an error the others are settled, and that one is sent by the next run', async () => {
  await send('6281200000009');
  await drain();
  const ids = await sendEach();
  const [broken] = PEOPLE;
  answer(async (message) => {
    if (message.to === broken) throw new Error('something that nobody thought of');
    return Promise.resolve(ack(message));
  });
  const runs = new DeviceDrain(connection.live, app);
  await expect(runs.run()).rejects.toThrow('nobody thought of');
  expect(await Promise.all(ids.map(stateOf))).toEqual([
    ['SENDING', 1],
    ...PEOPLE.slice(1).map(() => ['SENT', 1]),
  ]);
  connection.session.script.length = 0;
  await runs.run();
  expect(await stateOf(ids[0] ?? '')).toEqual(['SENT', 2]);
});

test('what was tried before keeps its place: nothing that came later leaves with it', async () => {
  await send('6281200000009');
  await drain();
  const [repeated, ...later] = await sendEach();
  await app.db.query('update message set attempt_count = 1 where id = $1', [repeated]);
  await drain();
  const written = recipients().slice(1);
  expect(written[0]).toBe(PEOPLE[0]);
  expect(await transactionsOf(later)).toBe(2);
  expect(await stateOf(repeated ?? '')).toEqual(['SENT', 2]);
});

test('a stop settles together what is on the wire, and takes nothing more', async () => {
  await send('6281200000009');
  await drain();
  const ids = await sendEach();
  const later = await send(PEOPLE[0] ?? '');
  const stopped = new DeviceDrain(connection.live, app);
  answer(async (message) => {
    await vi.waitFor(() => expect(recipients().slice(1).toSorted()).toEqual(PEOPLE), PATIENCE);
    stopped.stop();
    return ack(message);
  });
  await stopped.run();
  expect(await Promise.all(ids.map(stateOf))).toEqual(PEOPLE.map(() => ['SENT', 1]));
  expect(await transactionsOf(ids)).toBe(2);
  expect(await stateOf(later)).toEqual(['PENDING', 0]);
});

describe('devices whose acks come at the same time', () => {
  async function claimed(live: LiveSession) {
    const claim = await app.outbox.claim(live);
    if (claim === null || typeof claim !== 'object' || !('messages' in claim))
      throw new Error('nothing is due');
    return claim.messages;
  }
  const acked = (messages: Awaited<ReturnType<typeof claimed>>) =>
    messages.map((message) => ({
      claimed: message,
      result: { kind: 'ACKED' as const, at: new Date(), address: 'x' },
    }));

  test('settle in one transaction, and each learns of its own whether there is more', async () => {
    const other = await app.seedDevice({ beside: device });
    const { live } = await app.openSession(other);
    const [to = '', later = ''] = PEOPLE;
    const mine = [await send(to), await send(later)];
    const theirs = await app.messages.accept(other.ctx, { deviceId: other.id, to, text: 'b' });
    const [first, second] = [await claimed(connection.live), await claimed(live)];

    const [next, none] = await Promise.all([
      app.outbox.settleAndClaim(connection.live, acked(first)),
      app.outbox.settleAndClaim(live, acked(second)),
    ]);

    expect(next).toMatchObject({ messages: [{ message: { id: mine[1] } }] });
    expect(none).toBeNull();
    const ids = [mine[0] ?? '', theirs.message.id];
    expect(await Promise.all(ids.map(stateOf))).toEqual([
      ['SENT', 1],
      ['SENT', 1],
    ]);
    expect(
      await app.db.query('select distinct xmin::text from message where id = any($1)', [ids]),
    ).toHaveLength(1);
  });

  test('are each held to the epoch that they claimed under', async () => {
    const other = await app.seedDevice({ beside: device });
    const { live } = await app.openSession(other);
    const [to = ''] = PEOPLE;
    const mine = await send(to);
    const theirs = await app.messages.accept(other.ctx, { deviceId: other.id, to, text: 'b' });
    const [first, second] = [await claimed(connection.live), await claimed(live)];

    await Promise.all([
      app.outbox.settleAcked(connection.live, acked(first)),
      app.outbox.settleAcked({ ...live, epoch: live.epoch + 1_000 }, acked(second)),
    ]);

    expect(await Promise.all([mine, theirs.message.id].map(stateOf))).toEqual([
      ['SENT', 1],
      ['SENDING', 1],
    ]);
  });
});

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Phone } from '../../src/simulator/index.js';
import { MovableClock } from '../support/movable-clock.js';
import { seed } from '../support/seed.js';
import type { SeededDevice } from '../support/seeded-device.js';
import { startTestServer } from '../support/server.js';
import type { TestServer } from '../support/server.js';

vi.setConfig({ testTimeout: 90_000, hookTimeout: 60_000 });
const PATIENCE = { timeout: 60_000, interval: 50 };
const MINUTE = 60_000;

interface Attempt {
  readonly number: number;
  readonly outcome: string;
  readonly errorCode: number | null;
  readonly startedAt: string;
  readonly writtenAt: string | null;
  readonly endedAt: string | null;
  readonly node: string;
  readonly leaseEpoch: number;
}
interface Delivery {
  readonly status: string;
  readonly priority: string;
  readonly whatsappId: string;
  readonly waitingFor: string | null;
  readonly dueAt: string | null;
  readonly scheduledAt: string | null;
  readonly retryIntervalSeconds: number | null;
  readonly maxAttempts: number;
  readonly outcomeUnknown: boolean;
  readonly failure: {
    readonly code: string;
    readonly detail: string | null;
    readonly retryable: boolean;
  } | null;
  readonly attempts: readonly Attempt[];
}
const DELIVERY = `status priority whatsappId waitingFor dueAt scheduledAt retryIntervalSeconds maxAttempts outcomeUnknown
  failure { code detail retryable }
  attempts { number outcome errorCode startedAt writtenAt endedAt node leaseEpoch }`;

const clock = new MovableClock();
let server: TestServer;
let device: SeededDevice;
let customer: Phone;
beforeAll(async () => {
  server = await startTestServer({ clock, timeouts: { ackTimeoutMs: 1_500 } });
});
afterAll(() => server.stop());
beforeEach(async () => {
  device = await seed(server).agency().subaccount().device({ connected: true });
  customer = server.simulator.createPhone();
});
afterEach(() => server.simulator.faults.clear());

async function delivery(id: string): Promise<Delivery> {
  const query = `query ($id: ID!) { message(id: $id) { ${DELIVERY} } }`;
  return (await device.api.ask<{ message: Delivery }>(query, { id })).message;
}

/** Waits until a message is so. */
async function is(id: string, expected: Record<string, unknown>): Promise<Delivery> {
  await expect.poll(() => delivery(id), PATIENCE).toMatchObject(expected);
  return delivery(id);
}

const inMinutes = (minutes: number): string =>
  new Date(clock.now().getTime() + minutes * MINUTE).toISOString();
const pace = (sendPolicy: object) => device.do('updateDevice', { sendPolicy });
/** Nothing leaves the device until {@link release}. */
const hold = () => {
  const hour = (clock.now().getUTCHours() + 12) % 22;
  const time = (at: number): string => `${String(at).padStart(2, '0')}:00`;
  return pace({ pacing: 'ON', sendingHours: { from: time(hour), until: time(hour + 2) } });
};
const release = () => pace({ pacing: 'OFF', sendingHours: null });
const stanzasTo = ({ number }: Phone) => server.simulator.ledger.attempts({ to: number }).map(({ id }) => id);

describe('a try to send', () => {
  it('can be read: when it began, was written and ended, how, and by whom', async () => {
    const { id } = await device.send({ to: customer.number, text: 'hello' });
    const { attempts } = await is(id, { status: 'READ', waitingFor: null, dueAt: null, failure: null });
    expect(attempts).toEqual([
      {
        number: 1,
        outcome: 'ACKED',
        errorCode: null,
        startedAt: expect.any(String) as string,
        writtenAt: expect.any(String) as string,
        endedAt: expect.any(String) as string,
        node: expect.stringMatching(/./) as string,
        leaseEpoch: expect.any(Number) as number,
      },
    ]);
    const [{ startedAt, writtenAt, endedAt } = {}] = attempts;
    const times = [startedAt, writtenAt, endedAt].map((time) => Date.parse(time ?? ''));
    expect(times).toEqual(times.toSorted((one, other) => one - other));
  });

  it('that WhatsApp refuses keeps its code', async () => {
    server.simulator.faults.add({
      point: 'message',
      match: { recipient: customer.number },
      action: { kind: 'error', code: 479 },
    });
    const { id } = await device.send({ to: customer.number, text: 'hello' });
    await is(id, {
      status: 'FAILED',
      outcomeUnknown: false,
      failure: { code: 'SERVER_REJECTED', retryable: false },
      attempts: [{ outcome: 'REFUSED', errorCode: 479 }],
    });
  });

  it('to a number without WhatsApp writes nothing and names the reason', async () => {
    const { id } = await device.send({ to: '6289912345678', text: 'anybody there?' });
    await is(id, {
      status: 'FAILED',
      failure: { code: 'RECIPIENT_NOT_ON_WHATSAPP', retryable: false },
      attempts: [{ outcome: 'NOT_ON_WHATSAPP', writtenAt: null }],
    });
    expect(server.simulator.ledger.attempts({ accountNumber: device.phone.number })).toEqual([]);
  });
});

describe('a message that WhatsApp did not answer', () => {
  /** The answer is lost, and so is every receipt for now. */
  function swallowAnswers(times: number | null): void {
    customer.goOffline();
    const match = { recipient: customer.number };
    server.simulator.faults.add({ point: 'ack', match, times, action: { kind: 'drop' } });
  }

  it('is shown as unknown, not guessed, and settled by a late receipt without another try', async () => {
    swallowAnswers(1);
    const { id } = await device.send({ to: customer.number, text: 'maybe', retryIntervalSeconds: 3_600 });
    await is(id, { status: 'PENDING', outcomeUnknown: true, waitingFor: 'RETRY' });
    customer.goOnline();
    const { attempts } = await is(id, { status: 'READ', outcomeUnknown: false, waitingFor: null });
    expect(attempts).toMatchObject([{ outcome: 'UNANSWERED' }]);
    expect(stanzasTo(customer)).toHaveLength(1);
  });

  it('goes once more with the same id after the interval, and is seen once', async () => {
    swallowAnswers(1);
    const { id } = await device.send({ to: customer.number, text: 'again', retryIntervalSeconds: 600 });
    const { whatsappId, dueAt, retryIntervalSeconds } = await is(id, { waitingFor: 'RETRY' });
    expect(retryIntervalSeconds).toBe(600);
    expect(Date.parse(dueAt ?? '') - clock.now().getTime()).toBeGreaterThan(9 * MINUTE);
    clock.advance(10 * MINUTE);
    await is(id, {
      status: 'SENT',
      outcomeUnknown: false,
      attempts: [{ outcome: 'UNANSWERED' }, { outcome: 'ACKED' }],
    });
    expect(stanzasTo(customer)).toEqual([whatsappId, whatsappId]);
    customer.goOnline();
    await is(id, { status: 'READ' });
    expect(customer.inbox.map(({ text }) => text)).toEqual(['again']);
  });

  it('ends after as many tries as its caller gave it, still unknown', async () => {
    swallowAnswers(null);
    const { id } = await device.send({
      to: customer.number,
      text: 'thrice',
      retryIntervalSeconds: 1,
      maxAttempts: 3,
    });
    const { attempts, maxAttempts } = await is(id, {
      status: 'FAILED',
      outcomeUnknown: true,
      failure: { code: 'ATTEMPTS_EXHAUSTED' },
    });
    expect(maxAttempts).toBe(3);
    expect(attempts.map(({ number, outcome }) => [number, outcome])).toEqual([
      [1, 'UNANSWERED'],
      [2, 'UNANSWERED'],
      [3, 'UNANSWERED'],
    ]);
    expect(await device.api.mutationRefusal('retryMessage', { messageId: id })).toMatchObject({
      reason: 'MESSAGE_NOT_RETRYABLE',
    });
  });
});

describe('a message that waits', () => {
  it('goes before the others when its priority is higher', async () => {
    await hold();
    const [low, normal, high] = ['LOW', 'NORMAL', 'HIGH'].map((priority) => ({
      phone: server.simulator.createPhone(),
      priority,
    }));
    const ids: string[] = [];
    for (const each of [low, normal, high]) {
      const { id } = await device.send({ to: each?.phone.number, text: 'x', priority: each?.priority });
      ids.push(id);
      await is(id, { status: 'PENDING', priority: each?.priority });
    }
    await release();
    for (const id of ids) await is(id, { status: 'READ' });
    const order = server.simulator.ledger
      .attempts({ accountNumber: device.phone.number })
      .map(({ to }) => to);
    expect(order).toEqual([high, normal, low].map((each) => each?.phone.number));
  });

  it('expires with what it had waited for', async () => {
    await hold();
    const { id } = await device.send({ to: customer.number, text: 'today only', expiresInSeconds: 60 });
    await is(id, { waitingFor: 'SENDING_HOURS' });
    clock.advance(2 * MINUTE);
    await is(id, {
      status: 'EXPIRED',
      waitingFor: null,
      dueAt: null,
      failure: { code: 'EXPIRED', detail: "it was outside the device's sending hours", retryable: true },
      attempts: [],
    });
    expect(stanzasTo(customer)).toEqual([]);
  });

  it('says that it was canceled', async () => {
    await hold();
    const { id } = await device.send({ to: customer.number, text: 'never mind' });
    await device.api.mutate('cancelMessage', { messageId: id }, '__typename');
    await is(id, { status: 'CANCELED', failure: { code: 'CANCELED', detail: null } });
    await release();
    const { id: next } = await device.send({ to: customer.number, text: 'this one' });
    await is(next, { status: 'READ' });
    expect(customer.inbox.map(({ text }) => text)).toEqual(['this one']);
  });
});

describe('a scheduled message', () => {
  it('waits for its time, can be read with it, and then goes', async () => {
    const scheduledAt = inMinutes(30);
    const { id } = await device.send({ to: customer.number, text: 'later', scheduledAt });
    expect(await delivery(id)).toMatchObject({
      status: 'SCHEDULED',
      scheduledAt,
      dueAt: scheduledAt,
      waitingFor: null,
    });
    clock.advance(31 * MINUTE);
    await is(id, { status: 'READ' });
  });

  it('that fell due while the server was down goes out late, or expires and says so', async () => {
    const scheduledAt = inMinutes(30);
    const late = await device.send({ to: customer.number, text: 'late', scheduledAt });
    const over = await device.send({ to: customer.number, text: 'over', scheduledAt, expiresInSeconds: 60 });
    await server.stopApp();
    clock.advance(60 * MINUTE);
    await server.restart();
    await is(late.id, { status: 'READ' });
    const { failure } = await is(over.id, { status: 'EXPIRED' });
    expect(failure).toMatchObject({ code: 'EXPIRED', detail: expect.stringMatching(/./) as string });
    expect(customer.inbox.map(({ text }) => text)).toEqual(['late']);
  });
});

import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Phone } from '../../src/simulator/index.js';
import { Fixture } from './fixture.js';
import type { StockClient } from './stock-client.js';

let fixture: Fixture;
let client: StockClient;

beforeAll(async () => {
  fixture = await Fixture.start({ firstSync: false });
  ({ client } = await fixture.paired());
  // The library's first send after a first login reports nothing until something comes back.
  await client.status(await client.sendText(fixture.customer.number, 'opens the session'), 4);
});

afterEach(() => {
  fixture.simulator.faults.clear();
});

afterAll(() => fixture.close());

/**
 * A contact with a session of its own. libsignal leaves sessions half-changed when it tries them in vain, so lost and
 * doubled messages of one test would cost another test a retry.
 */
async function contact(): Promise<Phone> {
  const phone = fixture.simulator.createPhone();
  await client.status(await client.sendText(phone.number, 'opens the session'), 4);
  return phone;
}

describe('a refused message', () => {
  test.each([400, 429, 463, 479])('error %i of the server', async (code) => {
    fixture.simulator.faults.add({ point: 'message', action: { kind: 'error', code } });
    const id = await client.sendText(fixture.customer.number, `refused with ${String(code)}`);
    const isRefused = (status: unknown, stub: unknown): boolean =>
      status === 0 && Array.isArray(stub) && stub[0] === String(code);
    await client.until(
      () =>
        client.messageUpdates.some(
          ({ key, update }) => key.id === id && isRefused(update.status, update.messageStubParameters),
        ) ||
        // An answer that comes this fast is folded into the message's own upsert.
        client.received.some(
          ({ message }) => message.key.id === id && isRefused(message.status, message.messageStubParameters),
        ),
      'the refusal',
    );
    expect(fixture.simulator.ledger.sent({ id })).toEqual([]);
    expect(fixture.simulator.ledger.attempts({ id })[0]?.error).toBe(String(code));
    expect(fixture.customer.inbox.some((message) => message.id === id)).toBe(false);
  });
});

describe('the ack of the server', () => {
  function acksOf(id: string): number {
    const { ledger } = fixture.simulator;
    return ledger
      .entries()
      .filter((entry) => entry.tag === 'ack' && entry.direction === 'out' && entry.id === id).length;
  }

  test('never comes although the message arrived', async () => {
    fixture.simulator.faults.add({ point: 'ack', action: { kind: 'drop' } });
    const id = await client.sendText(fixture.customer.number, 'no ack');
    await fixture.customer.waitForMessage((message) => message.id === id);
    await client.status(id, 3);
    expect(acksOf(id)).toBe(0);
    expect(fixture.simulator.ledger.sent({ id })[0]?.ackedAt).toBeUndefined();
  });

  test('comes late', async () => {
    fixture.simulator.faults.add({ point: 'ack', action: { kind: 'delay', ms: 150 } });
    const id = await client.sendText(fixture.customer.number, 'late ack');
    const entry = await fixture.simulator.ledger.waitFor(
      (each) => each.id === id && each.ackedAt !== undefined,
    );
    expect((entry.ackedAt ?? 0) - entry.at).toBeGreaterThanOrEqual(140);
  });

  test('comes twice', async () => {
    fixture.simulator.faults.add({ point: 'ack', action: { kind: 'duplicate' } });
    const id = await client.sendText(fixture.customer.number, 'two acks');
    await expect.poll(() => acksOf(id)).toBe(2);
  });

  test('is cut off by a reset: the message is there, the client does not know', async () => {
    client.updates.length = 0;
    fixture.simulator.faults.add({ point: 'ack', action: { kind: 'reset' } });
    const id = await client.sendText(fixture.customer.number, 'outcome unknown');
    expect(await client.closed()).toMatchObject({ code: 428 });
    expect(fixture.simulator.ledger.sent({ id })).toHaveLength(1);
    await client.reconnect();
    await client.status(id, 3);
  });
});

test('a message lost before the server took it never shows up', async () => {
  fixture.simulator.faults.add({ point: 'message', action: { kind: 'drop' } });
  const id = await client.sendText(fixture.customer.number, 'lost');
  await fixture.simulator.ledger.waitFor((entry) => entry.id === id && entry.error === 'lost');
  expect(fixture.simulator.ledger.sent({ id })).toEqual([]);
});

test('a message delivered twice is shown once by the client', async () => {
  const visitor = await contact();
  fixture.simulator.faults.add({ point: 'delivery', action: { kind: 'duplicate' } });
  const { id } = await visitor.sendText(fixture.owner.number, 'twice on the wire');
  await client.receivedText('twice on the wire');
  const written = fixture.simulator.ledger
    .entries()
    .filter((entry) => entry.direction === 'out' && entry.tag === 'message' && entry.id === id);
  expect(written.length).toBeGreaterThanOrEqual(2);
});

test('a message of a phone can be held back and lost', async () => {
  const { owner, simulator } = fixture;
  const visitor = await contact();
  const match = { recipient: visitor.number };
  simulator.faults.add({ point: 'delivery', match, action: { kind: 'drop' } });
  const lost = await visitor.sendText(owner.number, 'never seen');
  simulator.faults.add({ point: 'delivery', match, action: { kind: 'delay', ms: 100 } });
  await visitor.sendText(owner.number, 'held back');
  await client.receivedText('held back');
  expect(client.received.some(({ message }) => message.key.id === lost.id)).toBe(false);
});

describe('receipts', () => {
  test('read before delivered', async () => {
    const id = '3EB0000000000000000001';
    fixture.simulator.faults.add({ point: 'receipt', match: { id }, action: { kind: 'delay', ms: 400 } });
    await client.sendText((await contact()).number, 'out of order', id);
    await client.status(id, 3);
    const order = client.messageUpdates.filter(({ key }) => key.id === id).map(({ update }) => update.status);
    expect(order).toEqual([4, 3]);
  });

  test('lost', async () => {
    const id = '3EB0000000000000000002';
    fixture.simulator.faults.add({ point: 'receipt', match: { id }, action: { kind: 'drop' } });
    await client.sendText((await contact()).number, 'only read', id);
    await client.status(id, 4);
    expect(
      client.messageUpdates.some(({ key, update }) => key.id === id && Number(update.status) === 3),
    ).toBe(false);
  });

  test('twice', async () => {
    const id = '3EB0000000000000000003';
    fixture.simulator.faults.add({ point: 'receipt', match: { id }, action: { kind: 'duplicate' } });
    await client.sendText((await contact()).number, 'receipt twice', id);
    await client.status(id, 4);
    // The library merges equal updates, so the wire is the witness.
    const written = fixture.simulator.ledger
      .entries()
      .filter(
        ({ direction, tag, id: of, type }) => direction === 'out' && tag === 'receipt' && of === id && !type,
      );
    expect(written).toHaveLength(2);
  });
});

describe('requests', () => {
  test('an error 429 on the question about users', async () => {
    const match = { xmlns: 'usync' };
    fixture.simulator.faults.add({ point: 'iq', match, action: { kind: 'error', code: 429 } });
    await expect(client.socket.onWhatsApp(fixture.customer.number)).rejects.toThrow('rate-overlimit');
  });

  test('an error on the keys of a new contact makes the send fail', async () => {
    const stranger = fixture.simulator.createPhone();
    const match = { xmlns: 'encrypt', child: 'key' };
    fixture.simulator.faults.add({ point: 'iq', match, times: null, action: { kind: 'error', code: 406 } });
    await expect(client.sendText(stranger.number, 'hello stranger')).rejects.toThrow();
  });

  test('a slow answer', async () => {
    const match = { xmlns: 'usync' };
    fixture.simulator.faults.add({ point: 'iq', match, action: { kind: 'delay', ms: 100 } });
    const started = Date.now();
    await client.socket.onWhatsApp(fixture.customer.number);
    expect(Date.now() - started).toBeGreaterThanOrEqual(95);
  });
});

describe('rules', () => {
  test('strike from the nth match on, as often as they say, and only where they match', async () => {
    const { customer, simulator } = fixture;
    const match = { recipient: customer.number, nth: 2 };
    simulator.faults.add({ point: 'message', match, times: 1, action: { kind: 'drop' } });
    const ids: string[] = [];
    for (const text of ['one', 'two', 'three']) ids.push(await client.sendText(customer.number, text));
    await simulator.ledger.waitFor((entry) => entry.id === ids[2] && entry.ackedAt !== undefined);
    expect(ids.map((id) => simulator.ledger.sent({ id }).length)).toEqual([1, 0, 1]);
  });

  test('say which field is wrong', () => {
    expect(() => fixture.simulator.faults.add({ point: 'upgrade', action: { kind: 'drop' } })).toThrow(
      'not possible',
    );
  });
});

describe('an account that is locked from reaching out', () => {
  test('is told so, is refused with 463 by strangers only, and is told when it ends', async () => {
    const { owner, customer, simulator } = fixture;
    await customer.sendText(owner.number, 'I wrote to you first');
    await client.receivedText('I wrote to you first');
    const stranger = simulator.createPhone();
    owner.setReachoutTimelock({ endsInSeconds: 3600 });
    await client.until(() => client.updates.some((update) => update.reachoutTimeLock?.isActive), 'the lock');
    expect(await client.socket.fetchAccountReachoutTimelock()).toMatchObject({ isActive: true });
    const cold = await client.sendText(stranger.number, 'cold');
    const reply = await client.sendText(customer.number, 'reply');
    await simulator.ledger.waitFor((entry) => entry.id === cold && entry.error === '463');
    await customer.waitForMessage((message) => message.id === reply);
    owner.setReachoutTimelock(null);
    await client.until(
      () => client.updates.some((update) => update.reachoutTimeLock?.isActive === false),
      'its end',
    );
    const warm = await client.sendText(stranger.number, 'allowed again');
    await stranger.waitForMessage((message) => message.id === warm);
  });
});

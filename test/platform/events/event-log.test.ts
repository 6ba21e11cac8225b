import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { AppError } from '../../../src/kernel/errors.js';
import { decodeEventCursor } from '../../../src/kernel/events.js';
import type { EventCursor, StoredEvent } from '../../../src/kernel/events.js';
import { EventLog } from '../../../src/platform/events/event-log.js';
import { createTestDatabase } from '../../support/database.js';
import type { TestDatabase } from '../../support/database.js';
import { agencyContext, insertTenant, subaccountContext } from '../database/support/tenants.js';
import type { SubaccountRows, Tenant } from '../database/support/tenants.js';

const HOUR_MS = 3_600_000;
let now = new Date('2026-11-21T12:00:00Z');
const clock = { now: () => now, monotonicMs: () => 0, sleep: () => Promise.resolve() };
let db: TestDatabase;
let log: EventLog;
let tenant: Tenant;
let stream: SubaccountRows;

beforeAll(async () => {
  db = await createTestDatabase({ entities: [], clock, poolSize: 30 });
  log = new EventLog(db.database, clock);
});
afterAll(() => db.drop());
beforeEach(async () => {
  tenant = await insertTenant(db);
  [stream] = tenant.subaccounts;
});

const append = (number: number, { subaccounts = [stream], alsoAgency = false } = {}): Promise<void> =>
  db.database.write(agencyContext(tenant), (tx) => {
    for (const { id } of subaccounts) {
      tx.append({ topic: 'message.created', subaccountId: id, alsoAgency, payload: { number } });
    }
    return Promise.resolve();
  });
const at = (streamId: string, seq: number): EventCursor => ({ streamId, seq });
const readAll = async (limit = 100): Promise<readonly StoredEvent[]> =>
  (await log.read(agencyContext(tenant), { streamId: stream.id, after: null, limit })).events;

describe('appending', () => {
  test('numbers each stream from 1 without gaps, in the order of commits', async () => {
    await append(1);
    await append(2, { alsoAgency: true });
    expect((await readAll()).map(({ seq, payload }) => [seq, payload])).toEqual([
      [1, { number: 1 }],
      [2, { number: 2 }],
    ]);
    const agency = await log.read(agencyContext(tenant), {
      streamId: tenant.agencyId,
      after: null,
      limit: 10,
    });
    expect(agency.events.map(({ seq, subaccountId }) => [seq, subaccountId])).toEqual([[1, stream.id]]);
  });

  test('under concurrent writers loses nothing for a reader that remembers only its place', async () => {
    const writers = 20;
    const eventsEach = 15;
    const seen: number[] = [];
    let position = at(stream.id, 0);
    let writing = true;
    const follow = async (): Promise<void> => {
      for (;;) {
        const last = !writing;
        const batch = await log.read(agencyContext(tenant), {
          streamId: stream.id,
          after: position,
          limit: 7,
        });
        seen.push(...batch.events.map(({ seq }) => seq));
        ({ position } = batch);
        if (last && batch.events.length === 0) return;
      }
    };
    const reader = follow();
    const both = [...tenant.subaccounts];
    await Promise.all(
      Array.from({ length: writers }, async (_, writer) => {
        // Every second writer names the streams the other way round: without an order of locks they would block each other.
        const subaccounts = writer % 2 === 0 ? both : both.toReversed();
        for (let event = 0; event < eventsEach; event += 1) await append(writer, { subaccounts });
      }),
    );
    writing = false;
    await reader;
    expect(seen).toEqual(Array.from({ length: writers * eventsEach }, (_, index) => index + 1));
  });

  test('of a failed transaction leaves no gap', async () => {
    await append(1);
    const [other] = (await insertTenant(db)).subaccounts;
    await expect(append(2, { subaccounts: [stream, other] })).rejects.toThrow();
    await append(3);
    expect((await readAll()).map(({ seq, payload }) => [seq, payload])).toEqual([
      [1, { number: 1 }],
      [2, { number: 3 }],
    ]);
  });
});

describe('reading', () => {
  test('pages by place, and moves past events of other topics', async () => {
    for (const number of [1, 2, 3]) await append(number);
    const ctx = agencyContext(tenant);
    const first = await log.read(ctx, { streamId: stream.id, after: null, limit: 2 });
    expect(first.events.map(({ seq }) => seq)).toEqual([1, 2]);
    const rest = await log.read(ctx, { streamId: stream.id, after: first.position, limit: 2 });
    expect(rest.events.map(({ seq }) => seq)).toEqual([3]);
    const none = await log.read(ctx, {
      streamId: stream.id,
      after: null,
      limit: 2,
      topics: ['device.created'],
    });
    expect(none).toEqual({ events: [], position: at(stream.id, 3) });
  });

  test('a stream without events is empty, not missing', async () => {
    const ctx = subaccountContext(stream);
    expect(await log.read(ctx, { streamId: stream.id, after: null, limit: 5 })).toEqual({
      events: [],
      position: at(stream.id, 0),
    });
    expect(await log.bounds(ctx, stream.id)).toEqual({ oldest: at(stream.id, 0), latest: at(stream.id, 0) });
  });

  test.each([
    ["the agency's own stream in the scope of a subaccount", () => tenant.agencyId],
    ['the stream of another subaccount', () => tenant.subaccounts[1].id],
  ])('%s is answered like an unknown one', async (_, streamId) => {
    await append(1, { subaccounts: [tenant.subaccounts[1]], alsoAgency: true });
    const reading = log.read(subaccountContext(stream), { streamId: streamId(), after: null, limit: 5 });
    await expect(reading).rejects.toMatchObject({ reason: 'NOT_FOUND' });
  });

  test("another agency's stream shows nothing, its bounds neither", async () => {
    await append(1);
    const stranger = agencyContext(await insertTenant(db));
    expect((await log.read(stranger, { streamId: stream.id, after: null, limit: 5 })).events).toEqual([]);
    expect((await log.bounds(stranger, stream.id)).latest.seq).toBe(0);
  });

  test('a cursor of another stream is refused', async () => {
    const reading = log.read(agencyContext(tenant), {
      streamId: stream.id,
      after: at(tenant.agencyId, 0),
      limit: 5,
    });
    await expect(reading).rejects.toMatchObject({ reason: 'INVALID_CURSOR' });
  });
});

describe('retention', () => {
  /** The audit log reads every stream, and nobody does it here. */
  const audit = () =>
    db.query(`update event_reader r set seq = s.last_seq from event_stream s where s.id = r.stream_id`);

  test('drops what is older than 72 hours; an older cursor is told where to start again', async () => {
    await append(1);
    await append(2);
    now = new Date(now.getTime() + 73 * HOUR_MS);
    await append(3);
    await audit();
    expect(await log.trim()).toBeGreaterThanOrEqual(2);
    const expired = log.read(agencyContext(tenant), {
      streamId: stream.id,
      after: at(stream.id, 1),
      limit: 5,
    });
    const error = await expired.catch((caught: unknown) => caught);
    if (!(error instanceof AppError)) throw new Error('expected CURSOR_EXPIRED', { cause: error });
    expect(error.reason).toBe('CURSOR_EXPIRED');
    const again = decodeEventCursor(String(error.data['oldestAvailable']));
    const events = await log.read(agencyContext(tenant), { streamId: stream.id, after: again, limit: 5 });
    expect(events.events.map(({ seq }) => seq)).toEqual([3]);
    expect((await readAll()).map(({ seq }) => seq)).toEqual([3]);
  });

  test('keeps what a reader with a stored cursor has not passed', async () => {
    for (const number of [1, 2, 3]) await append(number);
    await audit();
    await db.query(
      `insert into event_reader (name, stream_id, seq, updated_at) values ('webhook', $1, 1, now())`,
      [stream.id],
    );
    now = new Date(now.getTime() + 73 * HOUR_MS);
    await log.trim();
    expect((await readAll()).map(({ seq }) => seq)).toEqual([2, 3]);
  });

  test('keeps no more events of a stream than allowed', async () => {
    for (const number of [1, 2, 3]) await append(number);
    await audit();
    await db.query("select trim_events('-infinity', 1, 100)");
    expect((await readAll()).map(({ seq }) => seq)).toEqual([3]);
    await append(4);
    expect((await readAll()).map(({ seq }) => seq)).toEqual([3, 4]);
  });
});

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { systemClock } from '../../../src/kernel/clock.js';
import type { Context } from '../../../src/kernel/context.js';
import { newId } from '../../../src/kernel/ids.js';
import { kernelErrors } from '../../../src/kernel/errors.js';
import type { StoredEvent } from '../../../src/kernel/events.js';
import { EventFeed } from '../../../src/platform/events/event-feed.js';
import type { FollowOptions } from '../../../src/platform/events/event-feed.js';
import { EventLog } from '../../../src/platform/events/event-log.js';
import { Hints } from '../../../src/platform/pubsub/hints.js';
import type { Broker } from '../../../src/platform/queue/broker.js';
import { PostgresBroker } from '../../../src/platform/queue/postgres-broker.js';
import { createTestDatabase, silentLogger } from '../../support/database.js';
import type { TestDatabase } from '../../support/database.js';
import { agencyContext, insertTenant, subaccountContext } from '../database/support/tenants.js';
import type { SubaccountRows, Tenant } from '../database/support/tenants.js';

let db: TestDatabase;
let broker: Broker;
let hints: Hints;
let feed: EventFeed;
let tenant: Tenant;
let stream: SubaccountRows;
let stop: AbortController;

beforeAll(async () => {
  // Arrow functions look `hints` up late: it comes second.
  db = await createTestDatabase({
    entities: [],
    onAppended: (streamIds) => {
      for (const streamId of streamIds) hints.publish(streamId);
    },
  });
  broker = await PostgresBroker.open(db.connections.app, silentLogger);
  // No polls: what arrives was hinted at.
  hints = await Hints.open(broker, silentLogger, { pollMs: 1_000_000 });
  feed = new EventFeed(new EventLog(db.database, systemClock), hints);
});
afterAll(async () => {
  await hints.close();
  await broker.close();
  await db.drop();
});
beforeEach(async () => {
  tenant = await insertTenant(db);
  [stream] = tenant.subaccounts;
  stop = new AbortController();
  await append('first');
});
afterEach(() => stop.abort());

const append = (name: string, payload: object = {}): Promise<void> =>
  db.database.write(agencyContext(tenant), async (tx) => {
    tx.append({
      topic: 'message.created',
      subaccountId: stream.id,
      alsoAgency: true,
      payload: { name, ...payload },
    });
  });
const appendMany = (count: number): Promise<void> =>
  db.database.write(agencyContext(tenant), async (tx) => {
    for (let number = 0; number < count; number += 1) {
      tx.append({ topic: 'message.created', subaccountId: stream.id, payload: { name: number } });
    }
  });
const start = (seq = 0): { streamId: string; seq: number } => ({ streamId: stream.id, seq });

/** Follows in the background; `seen` holds the names of the events. */
function follow(options: Partial<FollowOptions> = {}, ctx: Context = agencyContext(tenant)) {
  const seen: unknown[] = [];
  const events = feed.follow(ctx, { streamId: stream.id, signal: stop.signal, ...options });
  const ended = (async () => {
    for await (const event of events) seen.push(event.payload['name']);
  })();
  ended.catch(() => undefined);
  return { seen, ended };
}

describe('a follower', () => {
  test('starts now, and hears what happens from then on', async () => {
    const { seen, ended } = follow();
    await vi.waitFor(async () => {
      await append('later');
      expect(seen).toContain('later');
    });
    expect(seen).not.toContain('first');
    stop.abort();
    await ended;
  });

  test('resumes after the last event that it saw, over many batches, and then hears what is new', async () => {
    await appendMany(250);
    const { seen } = follow({ after: start(1) });
    await vi.waitFor(() => expect(seen).toHaveLength(250));
    expect(seen).toEqual(Array.from({ length: 250 }, (_none, number) => number));
    await append('new');
    await vi.waitFor(() => expect(seen.at(-1)).toBe('new'));
  });

  test('that stands where others stand shares their reads, and hears what it may hear', async () => {
    const many = Array.from({ length: 20 }, () => follow({ after: start(1) }));
    const narrow = follow({ after: start(1) }, subaccountContext(stream));
    await append('warm');
    await vi.waitFor(() => {
      for (const { seen } of [...many, narrow]) expect(seen).toEqual(['warm']);
    });
    const before = db.database.queryCount;
    await append('shared');
    await vi.waitFor(() => {
      for (const { seen } of [...many, narrow]) expect(seen).toEqual(['warm', 'shared']);
    });
    // The append itself, and a read for each of the two scopes.
    expect(db.database.queryCount - before).toBeLessThan(20);
  });

  test('hears the topics and the events that it asked for', async () => {
    await append('a');
    await append('b');
    const isB = ({ payload }: StoredEvent): boolean => payload['name'] === 'b';
    const { seen } = follow({ after: start(), topics: ['message.created'], filter: isB });
    const others = follow({ after: start(), topics: ['device.created'] });
    await vi.waitFor(() => expect(seen).toEqual(['b']));
    expect(others.seen).toEqual([]);
  });

  test('with the token of a device hears of that device alone', async () => {
    const [device] = stream.deviceIds;
    await append('mine', { deviceId: device });
    await append('other', { deviceId: newId() });
    const { agencyId } = tenant;
    const ctx = agencyContext(tenant).withScope({
      agencyId,
      subaccountIds: [stream.id],
      deviceId: device,
    });
    const { seen } = follow({ after: start() }, ctx);
    await vi.waitFor(() => expect(seen).toEqual(['mine']));
  });

  test('reads on only when it asks for more', async () => {
    await appendMany(1_000);
    const before = db.database.queryCount;
    const events = feed.follow(agencyContext(tenant), {
      streamId: stream.id,
      after: start(),
      signal: stop.signal,
    });
    for (let number = 0; number < 10; number += 1) await events.next();
    // One read for where the stream stands and one batch, each a transaction.
    expect(db.database.queryCount - before).toBeLessThan(12);
    await events.return();
  });

  test('stops when its rights are gone, even while nothing happens', async () => {
    let allowed = true;
    const { ended, seen } = follow({
      after: start(),
      recheck: async () => {
        if (!allowed) throw kernelErrors.TOKEN_INVALID();
        return agencyContext(tenant);
      },
    });
    await vi.waitFor(() => expect(seen).toEqual(['first']));
    allowed = false;
    hints.publish(stream.id);
    await expect(ended).rejects.toMatchObject({ reason: 'TOKEN_INVALID' });
  });

  test('reads with the rights that it has by now', async () => {
    let ctx = agencyContext(tenant);
    const { ended, seen } = follow({ after: start(), recheck: async () => ctx });
    await vi.waitFor(() => expect(seen).toEqual(['first']));
    ctx = subaccountContext(tenant.subaccounts[1]);
    await append('secret');
    await expect(ended).rejects.toMatchObject({ reason: 'NOT_FOUND' });
    expect(seen).toEqual(['first']);
  });
});

describe('a follower is refused', () => {
  const refused = (options: Partial<FollowOptions>, ctx?: Context) =>
    expect(follow(options, ctx).ended).rejects;

  test('a stream that does not exist, or is of others', async () => {
    const other = await insertTenant(db);
    await refused({ streamId: newId() }).toMatchObject({ reason: 'NOT_FOUND' });
    await refused({ streamId: other.subaccounts[0].id }).toMatchObject({ reason: 'NOT_FOUND' });
    await refused({}, subaccountContext(tenant.subaccounts[1])).toMatchObject({
      reason: 'NOT_FOUND',
    });
  });

  test("the agency's stream, unless it sees all of the agency", async () => {
    const streamId = tenant.agencyId;
    await refused({ streamId }, subaccountContext(stream)).toMatchObject({ reason: 'NOT_FOUND' });
    const { seen } = follow({ streamId, after: { streamId, seq: 0 } });
    await vi.waitFor(() => expect(seen).toEqual(['first']));
  });

  test('a place in another stream, and one that is not kept any more', async () => {
    await refused({ after: { streamId: tenant.agencyId, seq: 0 } }).toMatchObject({
      reason: 'INVALID_CURSOR',
    });
    await appendMany(5);
    await db.query('delete from event where stream_id = $1 and seq < 4', [stream.id]);
    await db.query('update event_stream set first_seq = 4 where id = $1', [stream.id]);
    await refused({ after: start(2) }).toMatchObject({ reason: 'CURSOR_EXPIRED' });
    const { seen } = follow({ after: start(3) });
    await vi.waitFor(() => expect(seen).toHaveLength(3));
  });
});

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Context } from '../../../src/kernel/context.js';
import { newId } from '../../../src/kernel/ids.js';
import type { Transaction } from '../../../src/platform/database/transaction.js';
import { createTestDatabase } from '../../support/database.js';
import type { TestDatabase } from '../../support/database.js';
import { deferred } from './support/deferred.js';
import { SampleContact, sampleEntities } from './support/sample-entities.js';
import { insertTenant, subaccountContext } from './support/tenants.js';
import type { SubaccountRows, Tenant } from './support/tenants.js';

let db: TestDatabase;
let tenant: Tenant;
let one: SubaccountRows;
let other: SubaccountRows;

beforeAll(async () => {
  db = await createTestDatabase({ entities: sampleEntities });
});
afterAll(() => db.drop());
beforeEach(async () => {
  tenant = await insertTenant(db);
  [one, other] = tenant.subaccounts;
});

type Work = (tx: Transaction) => void | Promise<void>;

/** Stores a contact that is called so, does `more`, and returns what was given. */
function share(subaccount: SubaccountRows, name: string, more: Work = () => undefined): Promise<string> {
  const [id] = subaccount.deviceIds;
  const ctx = Context.forDevice({ id, agencyId: subaccount.agencyId, subaccountId: subaccount.id });
  return db.database.share(ctx, async (tx) => {
    tx.em.persist(SampleContact.in(subaccount, name));
    await tx.em.flush();
    await more(tx);
    return name;
  });
}

/** The transaction that stored each of them; `null`: none did. */
async function transactionsOf(...names: string[]): Promise<unknown[]> {
  const rows = await db.query<{ name: string; tx: string }>(
    'select name, xmin::text as tx from contact where agency_id = $1',
    [tenant.agencyId],
  );
  return names.map((name) => rows.find((row) => row.name === name)?.tx ?? null);
}

/** Keeps a write on its way until it is let go. */
async function onItsWay(subaccount: SubaccountRows): Promise<() => Promise<void>> {
  const begun = deferred();
  const end = deferred();
  const write = share(subaccount, 'on its way', () => {
    begun.resolve();
    return end.promise;
  });
  await begun.promise;
  return async () => {
    end.resolve();
    await write;
  };
}

test('what comes while another one is on its way becomes one transaction, each with its own result', async () => {
  const letGo = await onItsWay(one);
  const writes = [share(one, 'a'), share(other, 'b'), share(one, 'c')];
  await letGo();
  expect(await Promise.all(writes)).toEqual(['a', 'b', 'c']);
  const [first, second, third] = await transactionsOf('a', 'b', 'c');
  expect(first).not.toBeNull();
  expect([second, third]).toEqual([first, first]);
  expect(await transactionsOf('on its way')).not.toEqual([first]);
});

test('events keep their order and tell who acted', async () => {
  const tell =
    (subaccount: SubaccountRows, place: number): Work =>
    (tx) =>
      tx.append({ topic: 'contact.created', subaccountId: subaccount.id, payload: { place } });
  const letGo = await onItsWay(one);
  const writes = [
    share(one, 'a', tell(one, 1)),
    share(other, 'b', tell(other, 2)),
    share(one, 'c', tell(one, 3)),
  ];
  await letGo();
  await Promise.all(writes);
  const events = await db.query(
    `select stream_id as stream, seq::int, payload->'place' as place, actor->>'deviceId' as device from event where agency_id = $1
     order by payload->'place'`,
    [tenant.agencyId],
  );
  expect(events).toEqual([
    { stream: one.id, seq: 1, place: 1, device: one.deviceIds[0] },
    { stream: other.id, seq: 1, place: 2, device: other.deviceIds[0] },
    { stream: one.id, seq: 2, place: 3, device: one.deviceIds[0] },
  ]);
});

test('one that fails takes nobody with it: the others are written, each alone', async () => {
  const letGo = await onItsWay(one);
  const committed: string[] = [];
  const noting =
    (name: string): Work =>
    (tx) =>
      tx.afterCommit(() => void committed.push(name));
  const writes = [
    share(one, 'a', noting('a')),
    share(other, 'broken', async (tx) => {
      await noting('broken')(tx);
      await tx.em.execute("do $$ begin raise exception 'broken by a statement'; end $$");
    }),
    share(other, 'refused', () => Promise.reject(new Error('refused by a rule'))),
    share(one, 'c', noting('c')),
  ];
  await letGo();
  const outcomes = (await Promise.allSettled(writes)).map((each) =>
    each.status === 'fulfilled' ? each.value : String(each.reason),
  );
  expect(outcomes).toEqual([
    'a',
    expect.stringContaining('broken by a statement'),
    expect.stringContaining('refused by a rule'),
    'c',
  ]);
  const [first, broken, refused, third] = await transactionsOf('a', 'broken', 'refused', 'c');
  expect([broken, refused]).toEqual([null, null]);
  expect(first).not.toBe(third);
  expect(committed.toSorted()).toEqual(['a', 'c']);
});

test('when the database goes away all are told, and nothing is tried again: it may be there', async () => {
  const letGo = await onItsWay(one);
  let runs = 0;
  const writes = [
    share(one, 'a', () => void (runs += 1)),
    share(one, 'lost', () => Promise.reject(Object.assign(new Error('gone'), { code: '57P01' }))),
  ];
  await letGo();
  const outcomes = await Promise.allSettled(writes);
  for (const outcome of outcomes) {
    expect(outcome).toMatchObject({ status: 'rejected', reason: { reason: 'DATABASE_UNAVAILABLE' } });
  }
  expect(runs).toBe(1);
});

test('nobody waits for one that is held up', async () => {
  const letGo = await onItsWay(one);
  expect(await share(other, 'b')).toBe('b');
  expect(await transactionsOf('b', 'on its way')).toEqual([expect.any(String), null]);
  await letGo();
});

test('agencies share nothing, and nobody sees more than the subaccounts that take part', async () => {
  const stranger = await insertTenant(db);
  const [theirs] = stranger.subaccounts;
  const letGo = await onItsWay(one);
  const seen: string[] = [];
  const see: Work = async (tx) => {
    const rows = await tx.em.execute<{ id: string }[]>('select id from subaccount');
    seen.push(...rows.map(({ id }) => id));
  };
  await share(theirs, 'theirs', see);
  expect(seen).toEqual([theirs.id]);
  const writes = [share(other, 'a', see), share(other, 'b', see)];
  await letGo();
  await Promise.all(writes);
  expect(new Set(seen.slice(1))).toEqual(new Set([other.id]));
});

describe('callers', () => {
  const all = () => subaccountContext(one).withScope({ agencyId: tenant.agencyId, subaccountIds: 'all' });
  const ofDevice = (id: string) =>
    subaccountContext(one).withScope({ agencyId: tenant.agencyId, subaccountIds: [one.id], deviceId: id });

  async function store(ctx: Context, name: string, more: Work = () => undefined): Promise<void> {
    await db.database.share(ctx, async (tx) => {
      tx.em.persist(SampleContact.in(one, name));
      await tx.em.flush();
      await more(tx);
    });
  }

  /** Which of the callers share a transaction with the one that comes after another one of its own. */
  async function sharingWith(caller: Context, ...others: Context[]): Promise<boolean[]> {
    const end = deferred();
    const begun = deferred();
    const hold: Work = () => {
      begun.resolve();
      return end.promise;
    };
    const before = store(caller, 'before', hold);
    await begun.promise;
    const callers = [caller, ...others].map((ctx) => ({ ctx, name: newId() }));
    const writes = callers.map(({ ctx, name }) => store(ctx, name));
    end.resolve();
    await Promise.all([before, ...writes]);
    const [own, ...rest] = await transactionsOf(...callers.map(({ name }) => name));
    return rest.map((tx) => tx === own);
  }

  test('share with who sees just the same, whichever token they have', async () => {
    const colleague = all().withActor({ kind: 'api_key', apiKeyId: newId() });
    expect(await sharingWith(all(), all(), colleague)).toEqual([true, true]);
  });

  test('share with nobody who sees more or less, nor with a session', async () => {
    const [first, second] = one.deviceIds;
    const session = Context.forDevice({ id: first, agencyId: tenant.agencyId, subaccountId: one.id });
    const own = ofDevice(first);
    const others = [all(), subaccountContext(one), ofDevice(second), session];
    expect(await sharingWith(own, ...others)).toEqual([false, false, false, false]);
    expect(await sharingWith(all(), subaccountContext(one), own)).toEqual([false, false]);
    expect(await sharingWith(subaccountContext(one), session)).toEqual([false]);
  });

  test('see what they saw alone', async () => {
    const seen: string[][] = [];
    const see: Work = async (tx) => {
      const rows = await tx.em.execute<{ id: string }[]>('select id from device order by id');
      seen.push(rows.map(({ id }) => id));
    };
    const [first] = one.deviceIds;
    const held = deferred();
    const writes = [store(ofDevice(first), 'a', () => held.promise)];
    writes.push(store(ofDevice(first), 'b', see), store(ofDevice(first), 'c', see));
    held.resolve();
    await Promise.all(writes);
    expect(seen).toEqual([[first], [first]]);
  });
});

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newId } from '../../../src/kernel/ids.js';
import { PreparedStatement } from '../../../src/platform/database/prepared-statement.js';
import { createTestDatabase } from '../../support/database.js';
import type { TestDatabase } from '../../support/database.js';
import { deferred } from './support/deferred.js';
import type { Deferred } from './support/deferred.js';
import { SampleContact, sampleEntities } from './support/sample-entities.js';
import { agencyContext, contextFor, insertTenant } from './support/tenants.js';
import type { Tenant } from './support/tenants.js';

let db: TestDatabase;
let tenant: Tenant;
const appended: (readonly string[])[] = [];

beforeAll(async () => {
  db = await createTestDatabase({
    entities: sampleEntities,
    onAppended: (streamIds) => void appended.push(streamIds),
  });
  tenant = await insertTenant(db);
});
afterAll(() => db.drop());

const addContact = (name: string): Promise<string> =>
  db.database.write(agencyContext(tenant), ({ em }) => {
    const contact = SampleContact.in(tenant.subaccounts[0], name);
    em.persist(contact);
    return Promise.resolve(contact.id);
  });
const namesOf = async (ids: readonly string[]): Promise<unknown[]> =>
  (await db.query<{ name: string }>('select name from contact where id = any ($1) order by id', [ids])).map(
    ({ name }) => name,
  );

describe('a write', () => {
  test('is rolled back as a whole when its work fails, with its events and what follows a commit', async () => {
    const id = newId();
    const failing = db.database.write(agencyContext(tenant), async (tx) => {
      tx.em.persist(Object.assign(SampleContact.in(tenant.subaccounts[0], 'Never'), { id }));
      await tx.em.flush();
      tx.append({ topic: 'contact.created', subaccountId: tenant.subaccounts[0].id, payload: { id } });
      tx.afterCommit(() => {
        throw new Error('must not run');
      });
      throw new Error('refused by a rule');
    });
    await expect(failing).rejects.toThrow('refused by a rule');
    expect(await namesOf([id])).toEqual([]);
    expect(await db.query('select from event where payload @> $1', [{ id }])).toEqual([]);
    expect(appended).toEqual([]);
  });

  test('tells which streams have news, then runs what follows a commit, whose failure harms nobody', async () => {
    const [{ id: subaccountId }] = tenant.subaccounts;
    const order: string[] = [];
    const result = await db.database.write(agencyContext(tenant), (tx) => {
      tx.append({ topic: 'device.status_changed', subaccountId, alsoAgency: true, payload: {} });
      tx.afterCommit(() => Promise.reject(new Error('a hint was lost')));
      tx.afterCommit(() => void order.push(`${appended.length} hint`));
      return Promise.resolve('done');
    });
    expect(result).toBe('done');
    expect(order).toEqual(['1 hint']);
    expect(appended.flat()).toEqual([subaccountId, tenant.agencyId].sort());
  });

  test('that PostgreSQL ends for a deadlock is run again from its start', async () => {
    const ids = [await addContact('first'), await addContact('second')] as const;
    const firstLocks = deferred();
    const secondLocks = deferred();
    let attempts = 0;
    const rename = (
      [one, other]: readonly [string, string],
      mine: Deferred,
      theirs: Promise<void>,
    ): Promise<void> =>
      db.database.write(agencyContext(tenant), async ({ em }) => {
        attempts += 1;
        await em.nativeUpdate(SampleContact, { id: one }, { name: 'renamed' });
        mine.resolve();
        await theirs;
        await em.nativeUpdate(SampleContact, { id: other }, { name: 'renamed' });
      });
    await Promise.all([
      rename(ids, firstLocks, secondLocks.promise),
      rename([ids[1], ids[0]], secondLocks, firstLocks.promise),
    ]);
    expect(attempts).toBe(3);
    expect(await namesOf(ids)).toEqual(['renamed', 'renamed']);
  });

  test('gives up on a conflict that does not end', async () => {
    let attempts = 0;
    const write = db.database.write(agencyContext(tenant), async ({ em }) => {
      attempts += 1;
      await em.execute("do $$ begin raise exception 'conflict' using errcode = '40001'; end $$");
    });
    await expect(write).rejects.toThrow('conflict');
    expect(attempts).toBe(5);
  });

  test('gives its entities their behaviour', async () => {
    const id = await addContact('Budi');
    const shown = await db.database.read(agencyContext(tenant), async (em) => {
      const contact = await em.findOneOrFail(SampleContact, { id });
      return [contact.displayName, contact instanceof SampleContact, contact.createdAt instanceof Date];
    });
    expect(shown).toEqual(['Budi', true, true]);
  });
});

describe('a read session', () => {
  test('serves all reads of its context in one transaction, one after another', async () => {
    const ctx = agencyContext(tenant);
    const session = db.database.openReads(ctx);
    const warnings: Error[] = [];
    const onWarning = (warning: Error): void => void warnings.push(warning);
    process.on('warning', onWarning);
    try {
      const before = db.database.queryCount;
      const transactions = await Promise.all(
        Array.from({ length: 10 }, () =>
          db.database.read(ctx, (em) =>
            em.execute<{ id: string }[]>('select pg_current_snapshot(), pg_backend_pid() as id'),
          ),
        ),
      );
      expect(new Set(transactions.flat().map(({ id }) => id)).size).toBe(1);
      // BEGIN with the settings, ten reads
      expect(db.database.queryCount - before).toBe(11);
      await new Promise(setImmediate);
      expect(warnings).toEqual([]);
    } finally {
      process.off('warning', onWarning);
      await session.close();
    }
  });

  test('sends nothing when nothing is read', async () => {
    const before = db.database.queryCount;
    await db.database.openReads(agencyContext(tenant)).close();
    expect(db.database.queryCount).toBe(before);
  });

  test('sees what its own context wrote meanwhile, and not an older copy', async () => {
    const ctx = agencyContext(tenant);
    const id = await addContact('before');
    const session = db.database.openReads(ctx);
    const nameNow = (): Promise<string> =>
      db.database.read(ctx, async (em) => (await em.findOneOrFail(SampleContact, { id })).displayName);
    try {
      expect(await nameNow()).toBe('before');
      await db.database.write(ctx, ({ em }) => em.nativeUpdate(SampleContact, { id }, { name: 'after' }));
      expect(await nameNow()).toBe('after');
    } finally {
      await session.close();
    }
  });

  test('goes on after a read that failed', async () => {
    const ctx = agencyContext(tenant);
    const session = db.database.openReads(ctx);
    try {
      await expect(db.database.read(ctx, (em) => em.execute('select 1 / 0'))).rejects.toThrow(
        'division by zero',
      );
      expect(await db.database.read(ctx, (em) => em.execute('select 1 as one'))).toEqual([{ one: 1 }]);
    } finally {
      await session.close();
    }
  });

  test('lets a read happen inside a read, but no write', async () => {
    const ctx = agencyContext(tenant);
    const session = db.database.openReads(ctx);
    try {
      const inner = await db.database.read(ctx, () =>
        db.database.read(ctx, (em) => em.execute('select 1 as one')),
      );
      expect(inner).toEqual([{ one: 1 }]);
      const write = db.database.read(ctx, () => db.database.write(ctx, () => Promise.resolve()));
      await expect(write).rejects.toThrow('a write cannot start inside a read');
    } finally {
      await session.close();
    }
  });

  test('belongs to its context alone', async () => {
    const session = db.database.openReads(agencyContext(tenant));
    try {
      await db.database.read(agencyContext(tenant), (em) => em.count(SampleContact));
      const others = await db.database.read(contextFor(null), (em) =>
        em.execute<unknown[]>('select id from contact'),
      );
      expect(others).toEqual([]);
    } finally {
      await session.close();
    }
  });
});

describe('statements of one transaction', () => {
  const add = new PreparedStatement(
    'test_add_contact',
    `insert into contact (id, agency_id, subaccount_id, name, created_at, updated_at) values ($1, $2, $3, $4, now(), now())`,
  );
  const divide = new PreparedStatement('test_divide', 'select 1 / $1::int');
  const place = () => [tenant.agencyId, tenant.subaccounts[0].id];

  test('that are sent together run in their order, and after one that fails none counts', async () => {
    const ids = [newId(), newId()];
    const write = (divisor: number): Promise<unknown> =>
      db.database.write(agencyContext(tenant), ({ em }) =>
        Promise.all([
          add.run(em, [ids[0], ...place(), 'First']),
          divide.run(em, [divisor]),
          add.run(em, [ids[1], ...place(), 'Second']),
        ]),
      );
    await expect(write(0)).rejects.toThrow('division by zero');
    expect(await namesOf(ids)).toEqual([]);
    await write(1);
    expect(await namesOf(ids)).toEqual(['First', 'Second']);
  });

  test('are refused once it is over: its connection serves somebody else by then', async () => {
    const { em } = await db.database.write(agencyContext(tenant), (tx) => Promise.resolve(tx));
    await expect(divide.run(em, [1])).rejects.toThrow('the transaction is over');
  });

  test('are undone when its events cannot be appended, although the COMMIT is under way already', async () => {
    const id = newId();
    const failing = db.database.write(agencyContext(tenant), async (tx) => {
      await add.run(tx.em, [id, ...place(), 'Never']);
      // No subaccount of this agency: refused by a foreign key.
      tx.append({ topic: 'contact.created', subaccountId: newId(), payload: {} });
    });
    await expect(failing).rejects.toThrow('foreign key');
    expect(await namesOf([id])).toEqual([]);
    await addContact('The connection still serves');
  });
});

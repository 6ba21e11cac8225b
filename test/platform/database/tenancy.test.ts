import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Context } from '../../../src/kernel/context.js';
import { newId } from '../../../src/kernel/ids.js';
import { asSystem } from '../../../src/kernel/system-context.js';
import {
  CROSS_TENANT_FUNCTIONS,
  TENANT_FUNCTIONS,
} from '../../../src/platform/database/cross-tenant-functions.js';
import { Database } from '../../../src/platform/database/database.js';
import { listEntityProtections } from '../../../src/platform/database/tenant-entity.js';
import { systemClock } from '../../../src/kernel/clock.js';
import { createTestDatabase, silentLogger } from '../../support/database.js';
import type { TestDatabase } from '../../support/database.js';
import { SampleContact, SampleDevice, SampleSubaccount, sampleEntities } from './support/sample-entities.js';
import { agencyContext, contextFor, insertTenant, subaccountContext } from './support/tenants.js';
import type { Tenant } from './support/tenants.js';

let db: TestDatabase;
let ours: Tenant;
let theirs: Tenant;
const databases: Partial<Record<string, Database>> = {};

beforeAll(async () => {
  db = await createTestDatabase({ entities: sampleEntities });
  databases['with the ORM filter'] = db.database;
  databases['by row-level security alone'] = await Database.open({
    connection: db.connections.app,
    entities: sampleEntities,
    logger: silentLogger,
    clock: systemClock,
    filtersEnabled: false,
  });
  [ours, theirs] = [await insertTenant(db), await insertTenant(db)];
  for (const tenant of [ours, theirs]) {
    for (const subaccount of tenant.subaccounts) {
      await db.database.write(agencyContext(tenant), ({ em }) => {
        em.persist(SampleContact.in(subaccount, 'Ani'));
        return Promise.resolve();
      });
    }
  }
});

afterAll(async () => {
  await databases['by row-level security alone']?.close();
  await db.drop();
});

const countContacts = sql<{ count: string }>`select count(*) from contact`;

describe.each(['with the ORM filter', 'by row-level security alone'])('%s', (name) => {
  const database = (): Database => databases[name] ?? db.database;

  test.each([
    ['an agency-wide scope', () => agencyContext(ours), 2],
    ['a scope of one subaccount', () => subaccountContext(ours.subaccounts[0]), 1],
    ['a scope of no subaccount', () => contextFor({ agencyId: ours.agencyId, subaccountIds: [] }), 0],
    [
      'a subaccount of another agency',
      () => contextFor({ agencyId: ours.agencyId, subaccountIds: [theirs.subaccounts[0].id] }),
      0,
    ],
  ])('%s sees its own rows and no others, however they are asked for', async (_, context, expected) => {
    const counts = await database().read(context(), async (em) => ({
      find: (await em.find(SampleContact, {})).length,
      count: await em.count(SampleContact, {}),
      queryBuilder: (await em.createQueryBuilder(SampleContact).getResultList()).length,
      rawSql: (await em.execute<unknown[]>('select id from contact')).length,
      kysely: Number((await countContacts.execute(em.getKysely<unknown>())).rows[0]?.count),
    }));
    expect(counts).toEqual({
      find: expected,
      count: expected,
      queryBuilder: expected,
      rawSql: expected,
      kysely: expected,
    });
  });

  test('a device scope sees that device alone', async () => {
    const [{ id, deviceIds }] = ours.subaccounts;
    const ctx = contextFor({ agencyId: ours.agencyId, subaccountIds: [id], deviceId: deviceIds[0] });
    const seen = await database().read(ctx, (em) => em.find(SampleDevice, {}));
    expect(seen.map((device) => device.id)).toEqual([deviceIds[0]]);
  });

  test('a subaccount scope sees the row of its own subaccount', async () => {
    const ctx = subaccountContext(ours.subaccounts[1]);
    const seen = await database().read(ctx, (em) => em.find(SampleSubaccount, {}));
    expect(seen.map((subaccount) => subaccount.id)).toEqual([ours.subaccounts[1].id]);
  });

  test('a row of another agency cannot be inserted', async () => {
    const stolen = SampleContact.in(theirs.subaccounts[0], 'Smuggled');
    const insert = database().write(agencyContext(ours), ({ em }) => {
      em.persist(stolen);
      return Promise.resolve();
    });
    await expect(insert).rejects.toThrow('row-level security');
  });

  test('a row of another subaccount cannot be inserted', async () => {
    const insert = database().write(subaccountContext(ours.subaccounts[0]), ({ em }) =>
      em.insert(SampleContact.in(ours.subaccounts[1], 'Smuggled')),
    );
    await expect(insert).rejects.toThrow('row-level security');
  });

  test("a row of ours cannot be attached to another agency's device or subaccount", async () => {
    const [subaccount] = theirs.subaccounts;
    const columns = [ours.agencyId, subaccount.id, subaccount.deviceIds[0]];
    const attach = (table: string, names: string, values: string): Promise<unknown> =>
      database().write(agencyContext(ours), ({ em }) =>
        em.execute(
          `insert into ${table} (agency_id, subaccount_id, device_id, ${names}) values (?, ?, ?, ${values})`,
          columns,
        ),
      );
    const message = /violates foreign key constraint/;
    await expect(attach('active_number', 'phone_number, claimed_at', "'1', now()")).rejects.toThrow(message);
    await expect(attach('device_secret', 'wrapped_key', "'x'")).rejects.toThrow(message);
    const key = 'whatsapp_id, direction, conversation_id, message_id';
    await expect(attach('message_key', key, `'a', 'INBOUND', '${newId()}', '${newId()}'`)).rejects.toThrow(
      message,
    );
  });

  test("updates and deletes do not reach another agency's rows", async () => {
    const [target] = await db.query<{ id: string; name: string }>(
      'select id, name from contact where agency_id = $1',
      [theirs.agencyId],
    );
    const id = target?.id ?? '';
    await database().write(agencyContext(ours), async ({ em }) => {
      em.getReference(SampleContact, id).name = 'Taken';
      await em.flush().catch(() => undefined);
      return Promise.resolve();
    });
    const affected = await database().write(agencyContext(ours), async ({ em }) => [
      await em.nativeUpdate(SampleContact, { id }, { name: 'Taken' }),
      await em.nativeDelete(SampleContact, { id }),
      (await em.execute<{ affectedRows: number }>('delete from contact where id = ?', [id], 'run'))
        .affectedRows,
    ]);
    expect(affected).toEqual([0, 0, 0]);
    expect(await db.query('select id, name from contact where id = $1', [id])).toEqual([target]);
  });
});

test('without a scope the ORM refuses, and the database has no tenant rows', async () => {
  const ctx = contextFor(null);
  await expect(db.database.read(ctx, (em) => em.find(SampleContact, {}))).rejects.toThrow('tenant');
  const seen = await db.database.read(ctx, async (em) => ({
    contacts: (await em.execute<unknown[]>('select id from contact')).length,
    agencies: (await em.execute<unknown[]>('select id from agency')).length,
    kysely: Number((await countContacts.execute(em.getKysely<unknown>())).rows[0]?.count),
  }));
  expect(seen).toEqual({ contacts: 0, agencies: 0, kysely: 0 });
});

test('the ORM filter confines finds by itself, where a policy lets everything through', async () => {
  const open = await createTestDatabase({ entities: sampleEntities });
  try {
    const [own, foreign] = [await insertTenant(open), await insertTenant(open)];
    for (const table of ['contact', 'device']) {
      await open.query(`create policy everything on ${table} using (true) with check (true)`);
    }
    for (const subaccount of [...own.subaccounts, ...foreign.subaccounts]) {
      await open.database.write(agencyContext(own), ({ em }) =>
        em.insert(SampleContact.in(subaccount, 'Ani')),
      );
    }
    const count = (ctx: Context, entity: typeof SampleContact | typeof SampleDevice): Promise<number> =>
      open.database.read(ctx, async (em) => (await em.find<{ id: string }>(entity, {})).length);
    const [{ id, deviceIds }] = own.subaccounts;
    expect(await count(agencyContext(own), SampleContact)).toBe(2);
    expect(await count(subaccountContext(own.subaccounts[0]), SampleContact)).toBe(1);
    expect(await count(agencyContext(own), SampleDevice)).toBe(4);
    const ofDevice = contextFor({ agencyId: own.agencyId, subaccountIds: [id], deviceId: deviceIds[0] });
    expect(await count(ofDevice, SampleDevice)).toBe(1);
  } finally {
    await open.drop();
  }
});

test('the scope of a transaction does not stay on its connection', async () => {
  const single = await Database.open({
    connection: db.connections.app,
    entities: sampleEntities,
    logger: silentLogger,
    clock: systemClock,
    poolSize: 1,
  });
  try {
    await single.read(agencyContext(ours), (em) => em.count(SampleContact));
    const left = await single.read(contextFor(null), (em) => em.execute<unknown[]>('select id from contact'));
    expect(left).toEqual([]);
  } finally {
    await single.close();
  }
});

test('a read cannot write', async () => {
  const write = db.database.read(agencyContext(ours), (em) => em.execute('delete from contact'));
  await expect(write).rejects.toThrow('read-only transaction');
});

test('the event log is append-only for the server', async () => {
  for (const statement of ['delete from event', "update event set topic = 'x'"]) {
    const write = db.database.write(agencyContext(ours), ({ em }) => em.execute(statement));
    await expect(write).rejects.toThrow('permission denied');
  }
});

test('partitions, on which no policy is, cannot be touched directly', async () => {
  const partitions = await db.query<{ name: string }>(
    'select relname as name from pg_class where relispartition and relkind = $1',
    ['r'],
  );
  expect(partitions.length).toBeGreaterThan(8);
  for (const { name } of partitions) {
    const read = db.database.read(agencyContext(ours), (em) => em.execute(`select * from ${name}`));
    await expect(read).rejects.toThrow('permission denied');
  }
});

test('every table with a tenant column has forced row-level security with a policy for reading and writing', async () => {
  const unprotected = await db.query(
    `select c.relname from pg_class c
     where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
       and exists (select from pg_attribute a where a.attrelid = c.oid and a.attname in ('agency_id', 'subaccount_id'))
       and not (c.relrowsecurity and c.relforcerowsecurity and exists (
         select from pg_policy p where p.polrelid = c.oid and p.polqual is not null and p.polwithcheck is not null
           and p.polroles = '{0}'))`,
  );
  expect(unprotected).toEqual([]);
});

test('the functions of the owner are the listed ones, and not open to everybody', async () => {
  const functions = await db.query<{ name: string; open: boolean; path: string[] | null }>(
    `select p.proname as name, has_function_privilege('public', p.oid, 'execute') as open, p.proconfig as path
     from pg_proc p where p.pronamespace = 'public'::regnamespace and p.prosecdef order by 1`,
  );
  expect(functions.map(({ name }) => name)).toEqual([...CROSS_TENANT_FUNCTIONS, ...TENANT_FUNCTIONS].sort());
  expect(functions.filter(({ open }) => open)).toEqual([]);
  expect(functions.filter(({ path }) => path?.includes('search_path=public, pg_temp') !== true)).toEqual([]);
});

test('a function that looks across tenants needs a context without tenant', async () => {
  const call = db.database.callFunction(agencyContext(ours), 'list_agency_ids', [null, 10]);
  await expect(call).rejects.toThrow('must have none');
  const ids = await db.database.callFunction(asSystem('a test'), 'list_agency_ids', [null, 10]);
  expect(ids).toEqual([{ value: ours.agencyId }, { value: theirs.agencyId }]);
});

test('every entity says how it is protected', () => {
  const kinds = Object.fromEntries(listEntityProtections().map(({ entity, kind }) => [entity, kind]));
  expect(kinds).toEqual({
    SampleSubaccount: 'tenant',
    SampleDevice: 'tenant',
    SampleContact: 'tenant',
    SampleSignalKey: 'tenant',
    SampleProcess: 'global',
  });
});

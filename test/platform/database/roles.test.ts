import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../../../src/kernel/clock.js';
import { toPgConfig } from '../../../src/platform/database/connection.js';
import { Database } from '../../../src/platform/database/database.js';
import { listPendingMigrations, migrateDatabase } from '../../../src/platform/database/migrator.js';
import { UnboundRoleError } from '../../../src/platform/database/role-check.js';
import { copyTemplate, silentLogger } from '../../support/database.js';
import type { TestDatabaseConnections } from '../../support/database.js';

/** Roles belong to the whole cluster: each test database has its own. */
let template: TestDatabaseConnections;
let owner: Client;
const roles: string[] = [];

beforeAll(async () => {
  template = await copyTemplate();
  owner = new Client(toPgConfig(template.owner));
  await owner.connect();
});
afterAll(async () => {
  await owner.end();
  await template.drop();
  const administrator = new Client({ ...toPgConfig(template.owner), database: 'postgres' });
  await administrator.connect();
  for (const role of roles) await administrator.query(`drop role ${role}`);
  await administrator.end();
});

async function createRole(name: string, rights: string): Promise<string> {
  const role = `${name}_${template.owner.dbName}`;
  await owner.query(`create role ${role} login password 'secret' ${rights}`);
  roles.unshift(role);
  return role;
}
const openAs = (user: string): Promise<Database> =>
  Database.open({
    connection: { ...template.app, user, password: 'secret' },
    entities: [],
    logger: silentLogger,
    clock: systemClock,
  });

describe('the server refuses to run as', () => {
  test('a superuser', async () => {
    await expect(openAs(await createRole('super', 'superuser'))).rejects.toThrow('is a superuser');
  });

  test('a role that bypasses row-level security', async () => {
    await expect(openAs(await createRole('bypass', 'bypassrls'))).rejects.toThrow('BYPASSRLS');
  });

  test('the owner of a table, and says which role to use instead', async () => {
    const role = await createRole('owner', '');
    await owner.query(`create table owned (id integer); alter table owned owner to ${role}`);
    const opening = openAs(role);
    await expect(opening).rejects.toThrow('owns tables (owned)');
    await expect(opening).rejects.toBeInstanceOf(UnboundRoleError);
    await expect(opening).rejects.toThrow('DATABASE_MIGRATION_URL');
    await owner.query('drop table owned');
  });

  test('a member of such a role, which it could become', async () => {
    const superuser = await createRole('admin', 'superuser');
    await expect(openAs(await createRole('member', `in role ${superuser}`))).rejects.toThrow(
      'is a superuser',
    );
  });
});

test('the role that the embedded PostgreSQL makes for the server is accepted', async () => {
  const database = await Database.open({
    connection: template.app,
    entities: [],
    logger: silentLogger,
    clock: systemClock,
  });
  await database.ping();
  await database.close();
});

describe('migrations', () => {
  test('run once however many processes start them, for an owner that is no superuser as well', async () => {
    const user = await createRole('migrator', 'createdb');
    const dbName = `${template.owner.dbName}_fresh`;
    await owner.query(`create database ${dbName} owner ${user}`);
    const migrator = { ...template.owner, user, password: 'secret', dbName };
    try {
      const options = { owner: migrator, appRole: template.app.user, clock: systemClock };
      expect(await listPendingMigrations(migrator)).not.toEqual([]);
      const runs = await Promise.all([1, 2, 3].map(() => migrateDatabase(options)));
      expect(runs.filter((names) => names.length > 0)).toHaveLength(1);
      expect(await listPendingMigrations({ ...template.app, dbName })).toEqual([]);
    } finally {
      await owner.query(`drop database ${dbName} with (force)`);
    }
  });

  test('refuse an owner that is also the role of the server', async () => {
    const migration = migrateDatabase({
      owner: template.owner,
      appRole: template.owner.user,
      clock: systemClock,
    });
    await expect(migration).rejects.toThrow('use two roles');
  });

  test('say how to create the role of the server when it is missing', async () => {
    const migration = migrateDatabase({ owner: template.owner, appRole: 'nobody_here', clock: systemClock });
    await expect(migration).rejects.toThrow('create role "nobody_here" login');
  });
});

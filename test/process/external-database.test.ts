import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { toPgConfig, type DatabaseConnection } from '../../src/platform/database/connection.js';
import { copyTemplate, type TestDatabaseConnections } from '../support/database.js';
import { databaseUrl } from '../support/database-url.js';
import { Stage, stop } from './support/stage.js';
import { urlOf } from './support/tenant.js';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const MASTER_KEY = randomBytes(32).toString('base64');
const suffix = randomBytes(4).toString('hex');
const tableOwner = `table_owner_${suffix}`;
const emptyDatabase = `empty_${suffix}`;
const PASSWORD = 'not-to-be-shown';

let stage: Stage;
let connections: TestDatabaseConnections;
let administrator: Client;

beforeAll(async () => {
  stage = await Stage.open();
  connections = await copyTemplate();
  administrator = new Client(toPgConfig(connections.owner));
  await administrator.connect();
  await administrator.query(`create role ${tableOwner} login password '${PASSWORD}'`);
  await administrator.query(`create database ${emptyDatabase}`);
});

afterAll(async () => {
  await administrator.query(`drop database ${emptyDatabase} with (force)`);
  await administrator.query(`reassign owned by ${tableOwner} to current_user`);
  await administrator.query(`drop owned by ${tableOwner}`);
  await administrator.query(`drop role ${tableOwner}`);
  await administrator.end();
  await stage.expectNothingLeft();
  await stage.close();
  await connections.drop();
});

function server(connection: Partial<DatabaseConnection>, env: Record<string, string> = {}) {
  return stage.server({
    env: { DATABASE_URL: databaseUrl({ ...connections.app, ...connection }), MASTER_KEY, ...env },
  });
}

it('a superuser is refused, because row-level security would not bind it', async () => {
  const { code, output } = await server(connections.owner).ended;
  expect(code).toBe(1);
  expect(output).toMatch(
    /^Trunkline does not run as the database role "trunkline_owner": it is a superuser.*\n$/,
  );
});

it('the owner of the tables is refused, and told which two roles are needed', async () => {
  await administrator.query(`grant select on all tables in schema public to ${tableOwner}`);
  await administrator.query(`alter table contact owner to ${tableOwner}`);
  const { code, output } = await server({ user: tableOwner, password: PASSWORD }).ended;
  expect(code).toBe(1);
  expect(output).toMatch(
    new RegExp(`role "${tableOwner}": it owns tables \\(contact\\).*DATABASE_MIGRATION_URL`),
  );
  expect(output).not.toContain(PASSWORD);
});

it('pending migrations stop the start, and the way out is named; migrate takes it', async () => {
  const refused = await server({ dbName: emptyDatabase }).ended;
  expect(refused.code).toBe(1);
  expect(refused.output).toMatch(
    /^The database has pending migrations \(\d{14}-.*\)\. Run "npx trunkline migrate" with DATABASE_MIGRATION_URL set to the owner of the tables\.\n$/,
  );

  const env = {
    DATABASE_URL: databaseUrl({ ...connections.app, dbName: emptyDatabase }),
    DATABASE_MIGRATION_URL: databaseUrl({ ...connections.owner, dbName: emptyDatabase }),
    MASTER_KEY,
  };
  expect(await stage.cli(['migrate'], { env }).ended).toMatchObject({
    code: 0,
    output: expect.stringMatching(/^Applied \d{14}-foundation/) as string,
  });
  expect(await stage.cli(['migrate'], { env }).ended).toMatchObject({ code: 0, output: 'Up to date.\n' });

  const accepted = server({ dbName: emptyDatabase });
  await urlOf(accepted);
  expect(await stop(accepted)).toMatchObject({ code: 0 });
});

it.each<[string, Partial<DatabaseConnection>, RegExp]>([
  [
    'a database that does not answer',
    { host: '127.0.0.1', port: 1 },
    /^DATABASE_URL names the database \S+ on 127\.0\.0\.1:1 as trunkline_app, which cannot be used: connect ECONNREFUSED 127\.0\.0\.1:1\.\n$/,
  ],
  [
    'a wrong password',
    { password: PASSWORD },
    /^DATABASE_URL names .*: password authentication failed .*\n$/,
  ],
  [
    'a missing database',
    { dbName: 'nowhere' },
    /^DATABASE_URL names .*: database "nowhere" does not exist\.\n$/,
  ],
])('%s is one sentence without the password', async (_what, connection, sentence) => {
  const { code, output } = await server(connection).ended;
  expect(code).toBe(1);
  expect(output).toMatch(sentence);
  expect(output).not.toContain(PASSWORD);
});

it('a Redis that does not answer is one sentence', async () => {
  const { code, output } = await server({}, { REDIS_URL: 'redis://user:secret@127.0.0.1:1' }).ended;
  expect(code).toBe(1);
  expect(output.trim().split('\n').at(-1)).toMatch(/^REDIS_URL names 127\.0\.0\.1:1, which cannot be used: /);
  expect(output).not.toContain('secret');
});

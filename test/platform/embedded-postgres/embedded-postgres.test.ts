import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { Client } from 'pg';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { findClosedFolder } from '../../../src/platform/embedded-postgres/account.js';
import { startEmbeddedPostgres } from '../../../src/platform/embedded-postgres/embedded-postgres.js';
import type {
  EmbeddedPostgres,
  EmbeddedPostgresOptions,
} from '../../../src/platform/embedded-postgres/embedded-postgres.js';
import { toPgConfig } from '../../../src/platform/database/connection.js';
import type { DatabaseConnection } from '../../../src/platform/database/connection.js';

/** Made by the first test and used by all that do not need a first start. */
const shared = mkdtempSync(path.join(tmpdir(), 'embedded-'));
const folders = [shared];
let dataDir = shared;
const started: EmbeddedPostgres[] = [];

afterEach(async () => {
  for (const postgres of started.splice(0)) await postgres.stop();
  dataDir = shared;
});
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

function useFreshFolder(prefix = 'embedded-'): void {
  dataDir = mkdtempSync(path.join(tmpdir(), prefix));
  folders.push(dataDir);
}

async function start(options: Partial<EmbeddedPostgresOptions> = {}): Promise<EmbeddedPostgres> {
  const postgres = await startEmbeddedPostgres({ dataDir, settings: { fsync: 'off' }, ...options });
  started.unshift(postgres);
  return postgres;
}

async function query(connection: DatabaseConnection, text: string): Promise<Record<string, unknown>[]> {
  const client = new Client(toPgConfig(connection));
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(text)).rows;
  } finally {
    await client.end();
  }
}

async function expectStopped({ ownerConnection }: EmbeddedPostgres): Promise<void> {
  await expect(query(ownerConnection, 'select 1')).rejects.toThrow('ENOENT');
  expect(readdirSync(path.join(dataDir, 'postgres', 'data'))).not.toContain('postmaster.pid');
}

describe('a first start', () => {
  test('makes an owner, a role that row-level security binds, and the database', async () => {
    const { ownerConnection, appConnection } = await start();
    const [owner] = await query(ownerConnection, 'select current_user, current_database()');
    expect(owner).toEqual({ current_user: 'trunkline_owner', current_database: 'trunkline' });
    const rights = 'rolsuper, rolbypassrls, rolcreatedb, rolcreaterole, rolcanlogin';
    const [app] = await query(appConnection, `select ${rights} from pg_roles where rolname = current_user`);
    expect(app).toEqual({
      rolsuper: false,
      rolbypassrls: false,
      rolcreatedb: false,
      rolcreaterole: false,
      rolcanlogin: true,
    });
  });

  test('listens on a Unix socket alone, asks for passwords, and keeps them in files that only it can read', async () => {
    const { ownerConnection } = await start();
    expect(await query(ownerConnection, 'show listen_addresses')).toEqual([{ listen_addresses: '' }]);
    await expect(query({ ...ownerConnection, password: 'wrong' }, 'select 1')).rejects.toThrow('password');
    const state = path.join(dataDir, 'postgres');
    const files = readdirSync(state).filter((name) => name.endsWith('-password'));
    expect(files).toHaveLength(2);
    for (const name of files) expect(statSync(path.join(state, name)).mode & 0o777).toBe(0o600);
  });

  test('works where the path of the socket would be too long', async () => {
    useFreshFolder('a-rather-long-name-'.repeat(6));
    const { appConnection, stop } = await start();
    expect(appConnection.host).not.toContain('a-rather-long-name');
    expect(await query(appConnection, 'select 1 as one')).toEqual([{ one: 1 }]);
    await stop();
    expect(existsSync(appConnection.host)).toBe(false);
  });

  test('by two processes at once makes one cluster that both use', async () => {
    useFreshFolder();
    const both = await Promise.all([start({ mode: 'attach-or-own' }), start({ mode: 'attach-or-own' })]);
    expect(both[0].pid).toBe(both[1].pid);
    for (const { appConnection } of both) {
      expect(await query(appConnection, 'select 1 as one')).toEqual([{ one: 1 }]);
    }
  });
});

test('data and passwords are there again after a stop and a start', async () => {
  const first = await start();
  await query(first.ownerConnection, 'create table kept as select 42 as answer');
  await first.stop();
  await expectStopped(first);
  const second = await start();
  expect(second.adopted).toBe(false);
  expect(second.ownerConnection).toEqual(first.ownerConnection);
  expect(await query(second.ownerConnection, 'select answer from kept')).toEqual([{ answer: 42 }]);
});

describe('a data folder in use', () => {
  test('is refused to a second server, which is told by whom', async () => {
    await start();
    const second = startEmbeddedPostgres({ dataDir });
    await expect(second).rejects.toMatchObject({ reason: 'ALREADY_RUNNING' });
    await expect(startEmbeddedPostgres({ dataDir })).rejects.toThrow(`process ${process.pid}`);
  });

  test('is shared with a command, which does not stop the PostgreSQL of the server', async () => {
    const server = await start();
    const command = await start({ mode: 'attach-or-own' });
    expect([command.adopted, command.pid]).toEqual([true, server.pid]);
    await command.stop();
    expect(await query(server.appConnection, 'select 1 as one')).toEqual([{ one: 1 }]);
  });

  test('keeps its PostgreSQL until the last one that uses it stops', async () => {
    const server = await start();
    const command = await start({ mode: 'attach-or-own' });
    await server.stop();
    expect(await query(command.appConnection, 'select 1 as one')).toEqual([{ one: 1 }]);
    await command.stop();
    await expectStopped(server);
  });

  test('is stopped by a command that found nothing running', async () => {
    const command = await start({ mode: 'attach-or-own' });
    await command.stop();
    await expectStopped(command);
  });
});

test('the PostgreSQL of a server that was killed is adopted by the next one, and stopped by it', async () => {
  const script = `const { startEmbeddedPostgres } = await import(process.argv[1]);
    const postgres = await startEmbeddedPostgres({ dataDir: process.argv[2], settings: { fsync: 'off' } });
    console.log(postgres.pid);`;
  const launcher = new URL('../../../src/platform/embedded-postgres/embedded-postgres.ts', import.meta.url)
    .href;
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', '--input-type=module', '-e', script, launcher, dataDir],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  child.kill('SIGKILL');
  await once(child, 'exit');
  const next = await start();
  expect([next.adopted, next.pid]).toEqual([true, Number(line.toString())]);
  expect(await query(next.appConnection, 'select 1 as one')).toEqual([{ one: 1 }]);
  await next.stop();
  await expectStopped(next);
});

test('a PostgreSQL that died, leaving its lock file behind, is started again by its server', async () => {
  const server = await start();
  const startedAt = (): Promise<unknown> =>
    query(server.appConnection, 'select pg_postmaster_start_time()::text as at').catch(() => null);
  const before = await startedAt();
  process.kill(server.pid, 'SIGKILL');
  await expect
    .poll(startedAt, { timeout: 10_000 })
    .not.toSatisfy((at) => at === null || isDeepStrictEqual(at, before));
  await server.stop();
  await expectStopped(server);
});

test('a start that fails says what PostgreSQL said', async () => {
  const failing = start({ settings: { shared_buffers: 'plenty' } });
  await expect(failing).rejects.toMatchObject({ reason: 'START_FAILED' });
  await expect(start({ settings: { shared_buffers: 'plenty' } })).rejects.toThrow(
    'invalid value for parameter',
  );
});

test('a data folder that cannot be made is named', async () => {
  useFreshFolder();
  const file = path.join(dataDir, 'file');
  writeFileSync(file, '');
  await expect(start({ dataDir: path.join(file, 'below') })).rejects.toMatchObject({
    reason: 'FOLDER_UNREACHABLE',
  });
});

test('the folder that keeps another account out is found', () => {
  useFreshFolder();
  const closed = path.join(dataDir, 'closed');
  const inner = path.join(closed, 'inner');
  mkdirSync(inner, { recursive: true });
  chmodSync(dataDir, 0o755);
  chmodSync(closed, 0o700);
  const stranger = { uid: 54_321, gid: 54_321 };
  expect(findClosedFolder(inner, stranger)).toBe(closed);
  expect(findClosedFolder(inner, { uid: statSync(closed).uid, gid: 0 })).toBeNull();
  chmodSync(closed, 0o711);
  expect(findClosedFolder(inner, stranger)).toBeNull();
});

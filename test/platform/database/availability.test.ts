import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../../src/kernel/clock.js';
import { Database } from '../../../src/platform/database/database.js';
import { withoutQueueing } from '../../../src/platform/database/live-pool.js';
import { startEmbeddedPostgres } from '../../../src/platform/embedded-postgres/embedded-postgres.js';
import type { EmbeddedPostgres } from '../../../src/platform/embedded-postgres/embedded-postgres.js';
import { silentLogger } from '../../support/database.js';
import { FaultProxy } from '../../support/fault-proxy.js';
import { deferred } from './support/deferred.js';
import { contextFor } from './support/tenants.js';

const dataDir = mkdtempSync(path.join(tmpdir(), 'availability-'));
const settings = { fsync: 'off' };
let postgres: EmbeddedPostgres;
let database: Database;

const options = () => ({
  connection: postgres.appConnection,
  entities: [],
  logger: silentLogger,
  clock: systemClock,
  poolSize: 2,
});

beforeAll(async () => {
  postgres = await startEmbeddedPostgres({ dataDir, settings });
  database = await Database.open(options());
});
afterAll(async () => {
  await database.close();
  await postgres.stop();
  rmSync(dataDir, { recursive: true });
});

const unavailable = { kind: 'UNAVAILABLE', reason: 'DATABASE_UNAVAILABLE', retryable: true };
const none = contextFor(null);

test('when PostgreSQL stops, every door says DATABASE_UNAVAILABLE at once; when it is back, work goes on', async () => {
  const started = deferred();
  const interrupted = database.write(none, async ({ em }) => {
    await em.execute('select 1');
    started.resolve();
    await em.execute('select pg_sleep(30)');
  });
  const outcome = expect(interrupted).rejects.toMatchObject(unavailable);
  await started.promise;
  await postgres.stop();
  await outcome;
  const before = performance.now();
  await expect(database.ping()).rejects.toMatchObject(unavailable);
  await expect(database.read(none, (em) => em.execute('select 1'))).rejects.toMatchObject(unavailable);
  await expect(database.write(none, () => Promise.resolve())).rejects.toMatchObject(unavailable);
  expect(performance.now() - before).toBeLessThan(2_000);

  postgres = await startEmbeddedPostgres({ dataDir, settings });
  await database.ping();
  expect(await database.read(none, (em) => em.execute('select 1 as one'))).toEqual([{ one: 1 }]);
});

test('a burst larger than the pool waits its turn', async () => {
  // Longer than a connection may take to be made.
  const burst = Array.from({ length: 60 }, () =>
    database.read(none, (em) => em.execute('select pg_sleep(0.1)')),
  );
  expect(await Promise.all(burst)).toHaveLength(60);
});

test('a caller whose turn does not come in time is told the same, and one that must not queue has its own connection', async () => {
  const impatient = await Database.open({ ...options(), waitMs: 200 });
  const release = deferred();
  const holding = [deferred(), deferred()];
  const busy = holding.map(({ resolve }) =>
    impatient.write(none, () => {
      resolve();
      return release.promise;
    }),
  );
  await Promise.all(holding.map(({ promise }) => promise));
  try {
    await expect(impatient.ping()).rejects.toMatchObject(unavailable);
    // A connection is kept for what must not wait.
    await withoutQueueing(() => impatient.ping());
  } finally {
    release.resolve();
    await Promise.all(busy);
    await impatient.close();
  }
});

describe('a PostgreSQL that falls silent', () => {
  let proxy: FaultProxy;
  let silent: Database;
  beforeEach(async () => {
    proxy = await FaultProxy.before(postgres.appConnection);
    silent = await Database.open({
      ...options(),
      connection: { ...postgres.appConnection, ...proxy.address },
    });
  });
  afterEach(async () => {
    await proxy.close();
    await silent.close();
  });

  const read = (): Promise<unknown> => silent.read(none, (em) => em.execute('select 1'));
  const refused = async (): Promise<number> => {
    const askedAt = performance.now();
    await expect(read()).rejects.toMatchObject(unavailable);
    return performance.now() - askedAt;
  };

  test('is told of within two seconds, also to those that wait for their turn', async () => {
    await Promise.all([read(), read()]);
    proxy.swallow();
    expect(Math.max(...(await Promise.all(Array.from({ length: 20 }, refused))))).toBeLessThan(2_500);
    expect(await refused()).toBeLessThan(2_000);
    proxy.pass();
    await read();
  });

  test('ends also what was asked before, while a slow statement of a PostgreSQL that answers goes on', async () => {
    await Promise.all([read(), read()]);
    const slow = silent.read(none, (em) => em.execute('select pg_sleep(30)'));
    const told = expect(slow).rejects.toMatchObject(unavailable);
    await read();
    proxy.swallow();
    await refused();
    await refused();
    await told;
    proxy.pass();
    const patient = silent.read(none, (em) => em.execute('select pg_sleep(4)'));
    await read();
    expect(await patient).toHaveLength(1);
  });

  test('costs one caller an answer when only the old connections are dead', async () => {
    await Promise.all([read(), read()]);
    proxy.swallow();
    await refused();
    proxy.pass();
    await Promise.all([read(), read()]);
  });
});

test('an error of the work itself stays what it is', async () => {
  const missing = Object.assign(new Error('no such file'), { code: 'ENOENT', syscall: 'open' });
  await expect(database.write(none, () => Promise.reject(missing))).rejects.toBe(missing);
});

test('a database that is closed has no connection left, so that PostgreSQL may be stopped', async () => {
  const proxy = await FaultProxy.before(postgres.appConnection);
  const other = await Database.open({
    ...options(),
    connection: { ...postgres.appConnection, ...proxy.address },
  });
  await Promise.all([other.ping(), other.ping()]);
  expect(proxy.open).toBe(2);
  await other.close();
  expect(proxy.open).toBe(0);
  await proxy.close();
});

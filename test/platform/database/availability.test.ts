import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemClock } from '../../../src/kernel/clock.js';
import { Database } from '../../../src/platform/database/database.js';
import { startEmbeddedPostgres } from '../../../src/platform/embedded-postgres/embedded-postgres.js';
import type { EmbeddedPostgres } from '../../../src/platform/embedded-postgres/embedded-postgres.js';
import { silentLogger } from '../../support/database.js';
import { deferred } from './support/deferred.js';
import { contextFor } from './support/tenants.js';

const dataDir = mkdtempSync(path.join(tmpdir(), 'availability-'));
const settings = { fsync: 'off' };
let postgres: EmbeddedPostgres;
let database: Database;

beforeAll(async () => {
  postgres = await startEmbeddedPostgres({ dataDir, settings });
  database = await Database.open({
    connection: postgres.appConnection,
    entities: [],
    logger: silentLogger,
    clock: systemClock,
    poolSize: 2,
  });
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

test('a caller that gets no connection in time is told the same', async () => {
  const release = deferred();
  const holding = [deferred(), deferred()];
  const busy = holding.map(({ resolve }) =>
    database.write(none, () => {
      resolve();
      return release.promise;
    }),
  );
  await Promise.all(holding.map(({ promise }) => promise));
  try {
    await expect(database.ping()).rejects.toMatchObject(unavailable);
  } finally {
    release.resolve();
    await Promise.all(busy);
  }
});

test('an error of the work itself stays what it is', async () => {
  const missing = Object.assign(new Error('no such file'), { code: 'ENOENT', syscall: 'open' });
  await expect(database.write(none, () => Promise.reject(missing))).rejects.toBe(missing);
});

import { existsSync } from 'node:fs';
import { accessDatabase, describeDatabase } from '../../app/database-access.js';
import { usingDependency } from '../../app/dependency-failure.js';
import type { Config } from '../../config/config.js';
import { systemClock } from '../../kernel/clock.js';
import type { DatabaseConnection } from '../../platform/database/connection.js';
import { Database } from '../../platform/database/database.js';
import { inspectDatabase } from '../../platform/database/inspect.js';
import { listPendingMigrations } from '../../platform/database/migrator.js';
import { clusterFolders } from '../../platform/embedded-postgres/folders.js';
import { createLogger } from '../../platform/logging/logger.js';
import { examine, failure, type Diagnosis, type Finding } from './finding.js';

const MAX_CLOCK_SKEW_MS = 2_000;

/** What the database says of itself, its clock, and whether the server may and can work with it. */
export async function examineDatabase(config: Config): Promise<Finding[]> {
  if (config.database === null && !existsSync(clusterFolders(config.dataDir).data)) {
    const fact = `embedded, not made yet: the first start makes it in ${config.dataDir}`;
    return [{ subject: 'database', fact }];
  }
  let stop = (): Promise<void> => Promise.resolve();
  try {
    const access = await accessDatabase(config, { attach: true });
    stop = access.stop;
    return await examineConnection(access.app, config);
  } catch (error) {
    return [failure('database', error)];
  } finally {
    await stop();
  }
}

async function examineConnection(app: DatabaseConnection, config: Config): Promise<Finding[]> {
  const name = config.database === null ? `embedded in ${config.dataDir}` : describeDatabase(app);
  const facts = await usingDependency('DATABASE_URL', describeDatabase(app), () => inspectDatabase(app));
  return [
    { subject: 'database', fact: `PostgreSQL ${facts.version}, ${name}` },
    await examine('clock', async () => compareClocks(facts.now)),
    await examine('role', () => examineRole(app)),
    await examine('migrations', () => examineMigrations(app)),
  ];
}

function compareClocks(databaseTime: Date): Diagnosis {
  const skewMs = Math.abs(databaseTime.getTime() - Date.now());
  const fact = `${skewMs} ms from the database's`;
  return skewMs <= MAX_CLOCK_SKEW_MS ? { fact } : { fact, problem: 'synchronise the clocks (NTP)' };
}

/** Opens the database as the server does, which refuses roles that row-level security does not bind. */
async function examineRole(app: DatabaseConnection): Promise<Diagnosis> {
  const logger = createLogger({ log: { level: 'silent', format: 'json' } });
  const database = await Database.open({ connection: app, entities: [], logger, clock: systemClock });
  await database.close();
  return { fact: `${app.user} is bound by row-level security` };
}

async function examineMigrations(app: DatabaseConnection): Promise<Diagnosis> {
  const pending = await listPendingMigrations(app);
  if (pending.length === 0) return { fact: 'up to date' };
  return { fact: `${pending.length} pending`, problem: 'run: npx trunkline migrate' };
}

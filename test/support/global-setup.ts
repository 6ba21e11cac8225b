import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestProject } from 'vitest/node';
import { systemClock } from '../../src/kernel/clock.js';
import type { DatabaseConnection } from '../../src/platform/database/connection.js';
import { migrateDatabase } from '../../src/platform/database/migrator.js';
import { startEmbeddedPostgres } from '../../src/platform/embedded-postgres/embedded-postgres.js';
import { clusterFolders } from '../../src/platform/embedded-postgres/folders.js';
import { stopPostmaster } from '../../src/platform/embedded-postgres/postmaster.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** The migrated database that test databases are copies of. */
    template: { readonly owner: DatabaseConnection; readonly app: DatabaseConnection };
    /** Goes away with the run: for what several test files share. */
    runFolder: string;
  }
}

const PREFIX = 'trunkline-test-';

/** Nothing of a test run has to survive a power cut, and tests of plans say themselves when statistics are taken. */
const FAST = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  max_wal_size: '4GB',
  autovacuum: 'off',
};

/** One PostgreSQL for the whole run, with a migrated database that each test file copies. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  await removeLeftovers();
  const dataDir = mkdtempSync(path.join(tmpdir(), `${PREFIX}${process.pid}-`));
  const postgres = await startEmbeddedPostgres({ dataDir, settings: FAST });
  const { ownerConnection: owner, appConnection: app } = postgres;
  await migrateDatabase({ owner, appRole: app.user, clock: systemClock });
  project.provide('template', { owner, app });
  project.provide('runFolder', dataDir);
  return async () => {
    await postgres.stop();
    rmSync(dataDir, { recursive: true, force: true });
  };
}

/** A run that was killed leaves its folder, which names its process, and a PostgreSQL that runs on. */
async function removeLeftovers(): Promise<void> {
  for (const name of readdirSync(tmpdir()).filter((entry) => entry.startsWith(PREFIX))) {
    const pid = Number(name.slice(PREFIX.length).split('-')[0]);
    const dataDir = path.join(tmpdir(), name);
    // Another run may be removing it at this moment.
    const owner = statSync(dataDir, { throwIfNoEntry: false })?.uid;
    if (isAlive(pid) || owner !== process.getuid?.()) continue;
    await stopPostmaster(clusterFolders(dataDir));
    rmSync(dataDir, { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

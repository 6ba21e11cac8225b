import type { Config } from '../config/config.js';
import type { Clock } from '../kernel/clock.js';
import { parseDatabaseUrl, type DatabaseConnection } from '../platform/database/connection.js';
import { listPendingMigrations, migrateDatabase } from '../platform/database/migrator.js';
import { startEmbeddedPostgres } from '../platform/embedded-postgres/embedded-postgres.js';
import { usingDependency } from './dependency-failure.js';

/** The database is not migrated, and we were not told how to do it. */
export class PendingMigrationsError extends Error {
  constructor(pending: readonly string[]) {
    super(
      `The database has pending migrations (${pending.join(', ')}). Run "npx trunkline migrate" with DATABASE_MIGRATION_URL set to the owner of the tables.`,
    );
    this.name = 'PendingMigrationsError';
  }
}

export interface DatabaseAccess {
  readonly app: DatabaseConnection;
  /** null: an external database whose owner we were not told. */
  readonly owner: DatabaseConnection | null;
  /** Leaves the database; stops an embedded one that nobody else uses. */
  stop(): Promise<void>;
}

/** Finds the database of the configuration, starting the embedded one when none is named. `attach`: beside a running server. */
export async function accessDatabase(config: Config, options: { attach: boolean }): Promise<DatabaseAccess> {
  if (config.database !== null) {
    const { url, migrationUrl } = config.database;
    return {
      app: parseDatabaseUrl(url),
      owner: migrationUrl === null ? null : parseDatabaseUrl(migrationUrl, 'DATABASE_MIGRATION_URL'),
      stop: () => Promise.resolve(),
    };
  }
  const embedded = await startEmbeddedPostgres({
    dataDir: config.dataDir,
    mode: options.attach ? 'attach-or-own' : 'own',
  });
  return { app: embedded.appConnection, owner: embedded.ownerConnection, stop: () => embedded.stop() };
}

/** Runs what is pending as the owner; without one, throws {@link PendingMigrationsError} when something is. */
export async function bringUpToDate(access: DatabaseAccess, clock: Clock): Promise<string[]> {
  const { owner, app } = access;
  if (owner !== null) {
    return usingDependency('DATABASE_MIGRATION_URL', describeDatabase(owner), () =>
      migrateDatabase({ owner, appRole: app.user, clock }),
    );
  }
  const pending = await usingDependency('DATABASE_URL', describeDatabase(app), () =>
    listPendingMigrations(app),
  );
  if (pending.length > 0) throw new PendingMigrationsError(pending);
  return [];
}

/** For people; without the password. */
export function describeDatabase({ user, host, port, dbName }: DatabaseConnection): string {
  return `the database ${dbName} on ${host}:${port} as ${user}`;
}

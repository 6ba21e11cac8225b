import { Migrator } from '@mikro-orm/migrations';
import { MikroORM } from '@mikro-orm/postgresql';
import { Client } from 'pg';
import { migrations } from '../../../migrations/index.js';
import type { Clock } from '../../kernel/clock.js';
import { migrateQueueSchema } from '../queue/queue-schema.js';
import { toPgConfig } from './connection.js';
import type { DatabaseConnection } from './connection.js';
import { grantToApplication } from './grants.js';
import { MIGRATION_TABLE } from './migration-table.js';

interface MigrationOptions {
  readonly owner: DatabaseConnection;
  /** The role of the server, which gets its rights on what the owner made. */
  readonly appRole: string;
  readonly clock: Clock;
}

/** Migrating makes no sense with these roles; the message says what to do. */
export class MigrationRefusedError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'MigrationRefusedError';
  }
}

/** Key of the session advisory lock that lets one process migrate at a time. */
const MIGRATION_LOCK = 72_010_010;

/**
 * Runs the pending migrations as the owner, makes partitions and BullMQ's schema ready and grants the application role its
 * rights. Any number of processes may call it at once. Returns the names of the migrations that it ran.
 */
export async function migrateDatabase({ owner, appRole, clock }: MigrationOptions): Promise<string[]> {
  if (owner.user === appRole) {
    throw new MigrationRefusedError(
      `the owner of the tables and the role of the server are both "${appRole}": use two roles`,
    );
  }
  const client = new Client(toPgConfig(owner));
  await client.connect();
  try {
    await client.query('select pg_advisory_lock($1)', [MIGRATION_LOCK]);
    await refuseMissingRole(client, appRole);
    const names = await runMigrations(owner);
    await client.query('select ensure_message_partitions($1)', [clock.now()]);
    await grantToApplication(client, appRole);
    await migrateQueueSchema(owner, appRole);
    return names;
  } finally {
    await client.end();
  }
}

/** Names of the migrations that this build knows and the database has not run; any role of ours can ask. */
export async function listPendingMigrations(connection: DatabaseConnection): Promise<string[]> {
  const client = new Client({ ...toPgConfig(connection), connectionTimeoutMillis: 2_000 });
  await client.connect();
  try {
    const known = await client.query<{ exists: boolean }>('select to_regclass($1) is not null as exists', [
      `public.${MIGRATION_TABLE}`,
    ]);
    if (known.rows[0]?.exists !== true) return migrations.map(({ name }) => name);
    const { rows } = await client.query<{ name: string }>(`select name from ${MIGRATION_TABLE}`);
    const executed = new Set(rows.map((row) => row.name));
    return migrations.map(({ name }) => name).filter((name) => !executed.has(name));
  } finally {
    await client.end();
  }
}

async function refuseMissingRole(client: Client, appRole: string): Promise<void> {
  const { rows } = await client.query('select from pg_roles where rolname = $1', [appRole]);
  if (rows.length > 0) return;
  const statement = `create role ${client.escapeIdentifier(appRole)} login nosuperuser nobypassrls password '…'`;
  throw new MigrationRefusedError(
    `the role of the server, "${appRole}", does not exist; create it with: ${statement}`,
  );
}

async function runMigrations(owner: DatabaseConnection): Promise<string[]> {
  const { host, port, user, password, dbName, ssl } = owner;
  const orm = new MikroORM({
    host,
    port,
    user,
    password,
    dbName,
    driverOptions: { ssl: ssl ?? false },
    entities: [],
    discovery: { warnWhenNoEntities: false },
    extensions: [Migrator],
    migrations: { migrationsList: migrations, tableName: MIGRATION_TABLE, snapshot: false, silent: true },
  });
  try {
    return (await orm.migrator.up()).map(({ name }) => name);
  } finally {
    await orm.close(true);
  }
}

import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { inject } from 'vitest';
import { systemClock } from '../../src/kernel/clock.js';
import type { DatabaseConnection } from '../../src/platform/database/connection.js';
import { toPgConfig } from '../../src/platform/database/connection.js';
import { Database } from '../../src/platform/database/database.js';
import type { DatabaseOptions } from '../../src/platform/database/database.js';
import { createLogger } from '../../src/platform/logging/logger.js';

export const silentLogger = createLogger({ log: { level: 'silent', format: 'json' } });

export interface TestDatabaseConnections {
  /** A superuser, whom row-level security does not bind. */
  readonly owner: DatabaseConnection;
  /** What the server works as. */
  readonly app: DatabaseConnection;
  drop(): Promise<void>;
}

export interface TestDatabase {
  /** As the server has it: the application role, row-level security and the ORM filter on. */
  readonly database: Database;
  readonly connections: Omit<TestDatabaseConnections, 'drop'>;
  /** Rows as they are, past row-level security: for arranging and asserting. */
  query<Row extends object>(text: string, values?: readonly unknown[]): Promise<Row[]>;
  drop(): Promise<void>;
}

/** A migrated database of its own. Drop it in `afterAll`. */
export async function createTestDatabase(
  options: Partial<DatabaseOptions> & Pick<DatabaseOptions, 'entities'>,
): Promise<TestDatabase> {
  const { drop, ...connections } = await copyTemplate();
  const owner = new Client(toPgConfig(connections.owner));
  await owner.connect();
  const database = await Database.open({
    connection: connections.app,
    logger: silentLogger,
    clock: systemClock,
    ...options,
  });
  return {
    database,
    connections,
    query: async <Row extends object>(text: string, values: readonly unknown[] = []) =>
      (await owner.query<Row>(text, [...values])).rows,
    drop: async () => {
      await database.close();
      await owner.end();
      await drop();
    },
  };
}

/** Statements past the server: as the owner, whom row-level security does not bind, or as the server itself. */
export async function asRole<T>(
  connection: DatabaseConnection,
  work: (client: Client) => Promise<T>,
): Promise<T> {
  const client = new Client(toPgConfig(connection));
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** The connections alone, for tests that open the database themselves or start a whole server. */
export async function copyTemplate(): Promise<TestDatabaseConnections> {
  const { owner, app } = inject('template');
  const dbName = `test_${randomBytes(8).toString('hex')}`;
  await asAdministrator(`create database ${dbName} template ${owner.dbName}`);
  return {
    owner: { ...owner, dbName },
    app: { ...app, dbName },
    drop: () => asAdministrator(`drop database if exists ${dbName} with (force)`),
  };
}

async function asAdministrator(statement: string): Promise<void> {
  const client = new Client({ ...toPgConfig(inject('template').owner), database: 'postgres' });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

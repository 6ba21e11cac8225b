import { Client } from 'pg';
import { toPgConfig, type DatabaseConnection } from './connection.js';

export interface DatabaseFacts {
  readonly version: string;
  /** The server's clock. */
  readonly now: Date;
}

/** What a PostgreSQL server says of itself; rejects when it cannot be reached. */
export async function inspectDatabase(connection: DatabaseConnection): Promise<DatabaseFacts> {
  const client = new Client({ ...toPgConfig(connection), connectionTimeoutMillis: 5_000 });
  await client.connect();
  try {
    const { rows } = await client.query<{ version: string; now: Date }>(
      `select current_setting('server_version') as version, clock_timestamp() as now`,
    );
    const facts = rows[0];
    if (facts === undefined) throw new Error('PostgreSQL answered nothing');
    return facts;
  } finally {
    await client.end();
  }
}

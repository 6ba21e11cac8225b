import { runMigrations } from 'bullmq';
import pg from 'pg';
import type { DatabaseConnection } from '../database/connection.js';
import { BULLMQ_SCHEMA } from './postgres-broker.js';
import { toPgConfig } from '../database/connection.js';

/**
 * Brings BullMQ's schema up to date as the owner of the database and lets `role` work in it. BullMQ makes a sequence
 * for each new queue, so the role needs to create in that schema; it holds nothing but hints.
 */
export async function migrateQueueSchema(owner: DatabaseConnection, role: string): Promise<void> {
  const client = new pg.Client(toPgConfig(owner));
  await client.connect();
  try {
    await runMigrations(client, BULLMQ_SCHEMA);
    const grantee = client.escapeIdentifier(role);
    await client.query(`
      grant usage, create on schema ${BULLMQ_SCHEMA} to ${grantee};
      grant select, insert, update, delete on all tables in schema ${BULLMQ_SCHEMA} to ${grantee};
      grant usage, select, update on all sequences in schema ${BULLMQ_SCHEMA} to ${grantee};
      grant execute on all functions in schema ${BULLMQ_SCHEMA} to ${grantee};
    `);
  } finally {
    await client.end();
  }
}

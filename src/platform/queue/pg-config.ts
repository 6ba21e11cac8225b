import type { ClientConfig } from 'pg';
import type { DatabaseConnection } from '../database/connection.js';

export function toPgConfig(connection: DatabaseConnection): ClientConfig {
  const { host, port, user, password, dbName, ssl } = connection;
  return { host, port, user, password, database: dbName, ssl };
}

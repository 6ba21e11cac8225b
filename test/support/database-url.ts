import type { DatabaseConnection } from '../../src/platform/database/connection.js';

/** `postgres://…` of a connection over a Unix socket. */
export function databaseUrl({ host, port, user, password, dbName }: DatabaseConnection): string {
  return `postgres://${user}:${encodeURIComponent(password)}@/${dbName}?host=${encodeURIComponent(host)}&port=${port}`;
}

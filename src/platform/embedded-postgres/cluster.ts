import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import { toPgConfig } from '../database/connection.js';
import type { DatabaseConnection } from '../database/connection.js';
import { EmbeddedPostgresError, errorCode } from './errors.js';
import { OWNER_ROLE, SOCKET_PORT, findPostmaster, logTail, spawnPostmaster } from './postmaster.js';
import type { PostmasterOptions, RunningPostmaster } from './postmaster.js';

export const START_TIMEOUT_MS = 60_000;
export const POLL_MS = 10;

/** A killed Node.js leaves PostgreSQL running (it has its own process group): that one is used. */
export async function ensureRunning(
  options: PostmasterOptions,
  ownerPassword: string,
): Promise<RunningPostmaster & { adopted: boolean }> {
  const { folders } = options;
  const deadline = performance.now() + START_TIMEOUT_MS;
  let child: ReturnType<typeof spawnPostmaster> | undefined;
  for (;;) {
    const running = findPostmaster(folders);
    if (running !== null && (await answers(ownerConnection(running.sockets, ownerPassword)))) {
      return { ...running, adopted: running.pid !== child?.pid };
    }
    const ended = child !== undefined && (child.exitCode !== null || child.signalCode !== null);
    if ((ended && running === null) || performance.now() > deadline) {
      const message = `PostgreSQL did not start; the end of ${folders.log}:\n${logTail(folders)}`;
      throw new EmbeddedPostgresError('START_FAILED', message);
    }
    // PostgreSQL itself decides whether a pid file that was left behind counts.
    child ??= spawnPostmaster(options);
    await delay(POLL_MS);
  }
}

export function ownerConnection(sockets: string, password: string): DatabaseConnection {
  return { host: sockets, port: SOCKET_PORT, user: OWNER_ROLE, password, dbName: 'postgres' };
}

export async function connect(connection: DatabaseConnection): Promise<Client> {
  const client = new Client({
    ...toPgConfig(connection),
    application_name: `process ${process.pid}`,
    connectionTimeoutMillis: 5_000,
  });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

async function answers(connection: DatabaseConnection): Promise<boolean> {
  try {
    await (await connect(connection)).end();
    return true;
  } catch (error) {
    if (errorCode(error) !== '28P01') return false;
    const message = 'The password file of the embedded PostgreSQL does not belong to its data folder.';
    throw new EmbeddedPostgresError('START_FAILED', message, error);
  }
}

import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from 'pg';
import { EmbeddedPostgresError } from './errors.js';

/** `own`: the server, of which a data folder has one at most. `attach-or-own`: a command, welcome beside a server. */
export type OccupancyMode = 'own' | 'attach-or-own';

/** Keys of session advisory locks in the database `postgres`. */
const IN_USE = 72_010_001;
const SERVER = 72_010_002;
const RECONNECT_MS = 250;

/**
 * Who uses the cluster, kept by PostgreSQL itself, so that a killed process leaves nothing behind: every user holds the
 * shared lock IN_USE, a server also the exclusive lock SERVER. Whoever leaves and then gets IN_USE exclusively was the
 * last one and stops PostgreSQL. A command beside a running server therefore never stops it.
 */
export class Occupancy {
  readonly #connect: () => Promise<Client>;
  readonly #mode: OccupancyMode;
  #client: Client;
  #left = false;

  private constructor(connect: () => Promise<Client>, mode: OccupancyMode, client: Client) {
    this.#connect = connect;
    this.#mode = mode;
    this.#client = client;
    this.#watch(client);
  }

  /** Null when the last user is stopping PostgreSQL right now: start again. Throws ALREADY_RUNNING for a second server. */
  static async enter(
    connect: () => Promise<Client>,
    mode: OccupancyMode,
    dataDir: string,
  ): Promise<Occupancy | null> {
    const client = await connect();
    try {
      if (!(await tryLock(client, 'pg_try_advisory_lock_shared', IN_USE))) {
        await client.end();
        return null;
      }
      if (mode === 'own' && !(await tryLock(client, 'pg_try_advisory_lock', SERVER))) {
        const message = `Another Trunkline server${await describeServer(client)} uses ${dataDir}. Stop it first, or give this one another DATA_DIR.`;
        throw new EmbeddedPostgresError('ALREADY_RUNNING', message);
      }
      return new Occupancy(connect, mode, client);
    } catch (error) {
      await client.end().catch(() => undefined);
      throw error;
    }
  }

  /** For set-up work that one process does at a time. */
  get client(): Client {
    return this.#client;
  }

  /** Leaves; true when nobody is left, and nobody can enter any more, so that the caller stops PostgreSQL. */
  async leave(): Promise<boolean> {
    this.#left = true;
    try {
      await this.#client.query('select pg_advisory_unlock_shared($1)', [IN_USE]);
      if (await tryLock(this.#client, 'pg_try_advisory_lock', IN_USE)) return true;
      await this.#client.end();
      return false;
    } catch {
      return this.#mode === 'own';
    }
  }

  /** PostgreSQL ends all sessions when one of its backends crashes: take the locks again. */
  #watch(client: Client): void {
    client.on('error', () => undefined);
    client.once('end', () => {
      if (!this.#left) void this.#enterAgain();
    });
  }

  async #enterAgain(): Promise<void> {
    while (!this.#left) {
      await delay(RECONNECT_MS, undefined, { ref: false });
      try {
        const client = await this.#connect();
        await tryLock(client, 'pg_try_advisory_lock_shared', IN_USE);
        if (this.#mode === 'own') await tryLock(client, 'pg_try_advisory_lock', SERVER);
        this.#client = client;
        this.#watch(client);
        return;
      } catch {
        // PostgreSQL is still away
      }
    }
  }
}

type LockFunction = 'pg_try_advisory_lock' | 'pg_try_advisory_lock_shared';

async function tryLock(client: Client, lock: LockFunction, key: number): Promise<boolean> {
  const result = await client.query<{ locked: boolean }>(`select ${lock}($1) as locked`, [key]);
  return result.rows[0]?.locked === true;
}

async function describeServer(client: Client): Promise<string> {
  const result = await client.query<{ application_name: string }>(
    `select a.application_name from pg_locks l join pg_stat_activity a on a.pid = l.pid
     where l.locktype = 'advisory' and l.objid = $1 and l.granted and l.pid <> pg_backend_pid()`,
    [SERVER],
  );
  const name = result.rows[0]?.application_name;
  return name === undefined ? '' : ` (${name})`;
}

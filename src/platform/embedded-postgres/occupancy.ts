import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from 'pg';
import { EmbeddedPostgresError } from './errors.js';

/** `own`: the server, of which a data folder has one at most. `attach-or-own`: a command, welcome beside a server. */
export type OccupancyMode = 'own' | 'attach-or-own';

/** Keys of session advisory locks in the database `postgres`. */
const IN_USE = 72_010_001;
const SERVER = 72_010_002;
const MIN_RETURN_MS = 100;
const MAX_RETURN_MS = 10_000;

interface OccupancyOptions {
  readonly mode: OccupancyMode;
  readonly dataDir: string;
  /** A new session as the owner; for a server, of a PostgreSQL that was started again if need be. */
  readonly reconnect: () => Promise<Client>;
}

/**
 * Who uses the cluster, kept by PostgreSQL itself, so that a killed process leaves nothing behind: every user holds the
 * shared lock IN_USE, a server also the exclusive lock SERVER. Whoever leaves and then gets IN_USE exclusively was the
 * last one and stops PostgreSQL. A command beside a running server therefore never stops it.
 */
export class Occupancy {
  readonly #options: OccupancyOptions;
  readonly #leaving = new AbortController();
  #client: Client;
  #return: Promise<void> = Promise.resolve();

  private constructor(options: OccupancyOptions, client: Client) {
    this.#options = options;
    this.#client = client;
    this.#watch(client);
  }

  /** Null when PostgreSQL is being stopped right now: start again. Throws ALREADY_RUNNING for a second server. */
  static async enter(options: OccupancyOptions, client: Client): Promise<Occupancy | null> {
    try {
      if (!(await tryLock(client, 'pg_try_advisory_lock_shared', IN_USE))) {
        await client.end();
        return null;
      }
      if (options.mode === 'own' && !(await tryLock(client, 'pg_try_advisory_lock', SERVER))) {
        const message = `Another Trunkline server${await describeServer(client)} uses ${options.dataDir}. Stop it first, or give this one another DATA_DIR.`;
        throw new EmbeddedPostgresError('ALREADY_RUNNING', message);
      }
      return new Occupancy(options, client);
    } catch (error) {
      await client.end().catch(() => undefined);
      if (error instanceof EmbeddedPostgresError) throw error;
      return null;
    }
  }

  /** For set-up work that one process does at a time. */
  get client(): Client {
    return this.#client;
  }

  /** Leaves; true when nobody is left, and nobody can enter any more, so that the caller stops PostgreSQL. */
  async leave(): Promise<boolean> {
    this.#leaving.abort();
    await this.#return;
    try {
      await this.#client.query('select pg_advisory_unlock_shared($1)', [IN_USE]);
      if (await tryLock(this.#client, 'pg_try_advisory_lock', IN_USE)) return true;
      await this.#client.end();
      return false;
    } catch {
      return this.#options.mode === 'own';
    }
  }

  /** PostgreSQL ends all sessions when one of its backends crashes, and may be killed itself: come back and take the locks again. */
  #watch(client: Client): void {
    client.once('end', () => {
      if (!this.#leaving.signal.aborted) this.#return = this.#enterAgain();
    });
  }

  async #enterAgain(): Promise<void> {
    const { signal } = this.#leaving;
    for (let waitMs = MIN_RETURN_MS; ; waitMs = Math.min(2 * waitMs, MAX_RETURN_MS)) {
      await delay(waitMs, undefined, { ref: false, signal }).catch(() => undefined);
      if (signal.aborted) return;
      const client = await this.#options.reconnect().catch(() => null);
      if (client === null) continue;
      if (await this.#lockAgain(client)) {
        this.#client = client;
        this.#watch(client);
        return;
      }
      await client.end().catch(() => undefined);
    }
  }

  async #lockAgain(client: Client): Promise<boolean> {
    try {
      if (this.#options.mode === 'own') await tryLock(client, 'pg_try_advisory_lock', SERVER);
      return await tryLock(client, 'pg_try_advisory_lock_shared', IN_USE);
    } catch {
      return false;
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

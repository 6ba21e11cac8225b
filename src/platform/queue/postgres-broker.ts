import { setTimeout as delay } from 'node:timers/promises';
import {
  assertSchemaCompatibility,
  createPostgresBackend,
  createPostgresRelayBackend,
  isPgPool,
  Queue,
  Relay,
  Worker,
} from 'bullmq';
import type { JobProgress, PgPool, PostgresConnectionOptions, PostgresQueueBackend, Processor } from 'bullmq';
import pg from 'pg';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import type { DatabaseConnection } from '../database/connection.js';
import type { Logger } from '../logging/logger.js';
import { throttledWarn } from '../logging/throttled-log.js';
import type { MakeRateLimiter } from '../rate-limit/cost-budget.js';
import type { Broker, BullQueue, BullRelay, BullWorker, BullWorkerOptions } from './broker.js';
import { toPgConfig } from '../database/connection.js';

export const BULLMQ_SCHEMA = 'bullmq';

/** Workers and relays each keep a client of the pool for LISTEN; too few for the rest and every add() times out. */
const MAX_LISTENING = 10;
const CONNECT_TIMEOUT_MS = 5_000;
/** All statements of BullMQ are short; one that nobody answers would hold up the stop of the process. */
const QUERY_TIMEOUT_MS = 10_000;
/** Finds a LISTEN whose other end is gone; nothing else is ever sent on it. */
const KEEP_ALIVE_MS = 10_000;
/** How long the pool waits for clients that are still out when it ends. */
const RETURN_TIMEOUT_MS = 1_000;
const POOL_SIZE = MAX_LISTENING + 6;

type PostgresQueue = Queue<
  object,
  void,
  string,
  object,
  void,
  string,
  PostgresQueueBackend,
  PostgresConnectionOptions
>;

/** BullMQ in its own schema, on its own pool: LISTEN, NOTIFY and row locks stay away from the application's. */
export class PostgresBroker implements Broker {
  readonly kind = 'postgres';
  /** A pool has no state of its own: each query finds out, and fails at once or within the time limit. */
  readonly isReady = true;
  readonly #pool: PgPool;
  readonly #driverPool: pg.Pool;
  readonly #clientsOut = new Set<pg.PoolClient>();
  #listening = 0;

  private constructor(pool: pg.Pool) {
    this.#driverPool = pool;
    this.#pool = asBullPool(pool);
    pool.on('acquire', (client) => this.#clientsOut.add(client));
    pool.on('release', (_error, client) => this.#clientsOut.delete(client));
  }

  /** Throws SchemaMigrationRequiredError when BullMQ's schema was not migrated. */
  static async open(connection: DatabaseConnection, logger: Logger): Promise<PostgresBroker> {
    const pool = openQueuePool(connection, logger);
    try {
      await assertSchemaCompatibility(pool, BULLMQ_SCHEMA);
      return new PostgresBroker(pool);
    } catch (error) {
      await pool.end();
      throw error;
    }
  }

  queue(name: string): BullQueue {
    return this.#queue(name);
  }

  worker(name: string, process: Processor<object, void>, options: BullWorkerOptions): BullWorker {
    this.#claimListener();
    return new Worker<object, void, string, PostgresQueueBackend, JobProgress, PostgresConnectionOptions>(
      name,
      process,
      { ...options, connection: this.#pool },
      createPostgresBackend,
    );
  }

  relay(namespace: string): BullRelay {
    this.#claimListener();
    return new Relay({ connection: this.#pool, namespace, backend: createPostgresRelayBackend });
  }

  /** A row that every request updates would cost more than what it protects. */
  readonly rateLimiter: MakeRateLimiter = (options) => new RateLimiterMemory(options);

  async queueNames(prefix: string): Promise<readonly string[]> {
    const { rows } = await this.#pool.query<{ queue: string }>(
      'select queue from meta where starts_with(queue, $1) union select queue from job where starts_with(queue, $1)',
      [prefix],
    );
    return rows.map((row) => row.queue);
  }

  async removeQueue(name: string): Promise<void> {
    const queue = this.#queue(name, { skipMetasUpdate: true });
    await queue.obliterate({ force: true });
    await queue.close();
  }

  /** After everything on the pool was closed: a worker on an ended pool would spin. */
  async close(): Promise<void> {
    // The pool ends before the server has seen it: what connections report from here on is their own end.
    this.#driverPool.removeAllListeners('error');
    this.#driverPool.on('error', () => undefined);
    const waiting = new AbortController();
    const timeout = delay(RETURN_TIMEOUT_MS, undefined, { signal: waiting.signal }).catch(() => undefined);
    await Promise.race([this.#driverPool.end(), timeout]);
    waiting.abort();
    // What is closed while it waits for its client never returns it: BullMQ 6.7 forgets the request, and the pool would wait for ever.
    await Promise.all([...this.#clientsOut].map((client) => client.end()));
  }

  /** A new object writes that its queue exists, some time later: never when the queue is to be removed. */
  #queue(name: string, options: { skipMetasUpdate?: boolean } = {}): PostgresQueue {
    return new Queue(name, { ...options, connection: this.#pool }, createPostgresBackend);
  }

  #claimListener(): void {
    this.#listening += 1;
    if (this.#listening > MAX_LISTENING) {
      throw new Error(`more than ${MAX_LISTENING} workers and relays on one queue pool`);
    }
  }
}

/** The connections of one broker. The caller ends it. */
export function openQueuePool(connection: DatabaseConnection, logger: Logger): pg.Pool {
  const pool = new pg.Pool({
    ...toPgConfig(connection),
    max: POOL_SIZE,
    application_name: 'trunkline-queue',
    options: `-c search_path=${BULLMQ_SCHEMA},public`,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: QUERY_TIMEOUT_MS,
  });
  const warn = throttledWarn(logger);
  pool.on('error', (error) => warn(error, 'queue connection'));
  // Every queue, worker and relay on the pool adds a listener of its own.
  pool.setMaxListeners(0);
  // The pool hears of idle clients only. One that is lost while it is out, between two statements, would end the process.
  pool.on('connect', (client) => client.on('error', () => undefined));
  return pool;
}

/** The two libraries describe the same object with types that do not meet. */
function asBullPool(pool: unknown): PgPool {
  if (isPgPool(pool)) return pool;
  throw new TypeError('not a pool of pg');
}

import { AsyncLocalStorage } from 'node:async_hooks';
import { setImmediate as nextTurn, setTimeout as delay } from 'node:timers/promises';
import { E_CANCELED, Semaphore, withTimeout } from 'async-mutex';
import type { SemaphoreInterface } from 'async-mutex';
import { DatabaseError, Pool } from 'pg';
import type { PoolClient, PoolConfig } from 'pg';
import { writeTogether } from '../../kernel/write-together.js';

const DEFAULT_PLACES = 10;
const CONNECT_PAUSE_MS = 50;

export interface LivePoolTimes {
  /** How long a caller waits for its turn while all connections are in use. */
  readonly waitMs: number;
  /** A connection that was idle for longer is asked whether it still lives. */
  readonly trustMs: number;
  /** How long that may take, and a BEGIN, which never has to wait for anything. */
  readonly answerMs: number;
  /** For every other statement: longer than the server itself lets one run. */
  readonly statementMs: number;
}

/** Connections of a pool, and callers that wait for one. */
export interface PoolLoad {
  readonly inUse: number;
  readonly idle: number;
  readonly waiting: number;
}

const pressing = new AsyncLocalStorage<true>();

/**
 * Runs what must not queue behind the work of everybody else, on a connection kept for it: a process that renews its leases late loses
 * them because it is busy, and is busier by all that it then does again.
 */
export function withoutQueueing<T>(work: () => Promise<T>): Promise<T> {
  return pressing.run(true, work);
}

interface Unanswered {
  readonly client: PoolClient;
  readonly sentAtMs: number;
}

/** There is no connection to be had; the message says why. */
class NoConnectionError extends Error {
  /** The SQLSTATE that a client gives itself when it cannot connect. */
  readonly code = '08001';

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'NoConnectionError';
  }
}

/**
 * Connections that answer. The pool of `pg` has one limit for two waits that mean opposite things: for a busy pool, where patience helps,
 * and for a database that is away, where it hangs the caller. Here callers wait their turn, until a connection cannot be made: then all
 * that wait are told at once. And a connection that died in silence, as behind a broken network, is found before anybody waits for it.
 */
export class LivePool {
  readonly #pool: Pool;
  readonly #times: LivePoolTimes;
  readonly #places: Semaphore;
  readonly #turns: SemaphoreInterface;
  /** One place besides, for what is {@link withoutQueueing}. */
  readonly #keptPlace = new Semaphore(1);
  readonly #keptTurns: SemaphoreInterface;
  readonly #asks = new WeakMap<PoolClient, () => Promise<unknown>>();
  readonly #idleSinceMs = new WeakMap<PoolClient, number>();
  readonly #open = new Set<PoolClient>();
  /** Statements that wait for their answers. */
  readonly #unanswered = new Set<Unanswered>();
  #waiting = 0;
  /** The last answer, on whatever connection. */
  #heardAtMs = -Infinity;
  /** When a connection was last found dead. Those that were idle before are not even asked. */
  #silentAtMs = -Infinity;

  constructor(config: PoolConfig, times: LivePoolTimes) {
    const { max = DEFAULT_PLACES } = config;
    // A statement need not wait for the answer of the one before it.
    this.#pool = new Pool({ ...config, max: max + 1, pipeline: true });
    this.#times = times;
    this.#places = new Semaphore(max);
    this.#turns = withTimeout(this.#places, times.waitMs);
    this.#keptTurns = withTimeout(this.#keptPlace, times.waitMs);
    this.#pool.on('connect', (client) => {
      this.#open.add(client);
      client.once('end', () => this.#open.delete(client));
      this.#watch(client);
    });
    this.#pool.on('release', (_error, client) => this.#idleSinceMs.set(client, performance.now()));
  }

  get options(): PoolConfig {
    return this.#pool.options;
  }

  get load(): PoolLoad {
    const { totalCount, idleCount } = this.#pool;
    return { inUse: totalCount - idleCount, idle: idleCount, waiting: this.#waiting };
  }

  /** Told of every new connection, and of errors of connections that nobody uses: unheard, those would end the process. */
  listen(listeners: { onConnect(client: PoolClient): void; onError(error: Error): void }): void {
    this.#pool.on('connect', (client) => listeners.onConnect(client));
    this.#pool.on('error', (error) => listeners.onError(error));
  }

  /** Throws an error whose `code` is 08001, or what `pg` throws. */
  async connect(): Promise<PoolClient> {
    const giveBack = await this.#turn();
    try {
      const client = await this.#liveClient();
      const release = client.release.bind(client);
      client.release = (error) => {
        release(error);
        giveBack();
      };
      return client;
    } catch (error) {
      // What the server itself says is an answer.
      if (!(error instanceof DatabaseError)) this.#foundDead();
      giveBack();
      throw error;
    }
  }

  /** Resolves when the connections are closed: the driver says so when they have been asked to, and a server that stops then ends them in anger. */
  async end(): Promise<void> {
    await this.#pool.end();
    const closed = [...this.#open].map((client) => new Promise((resolve) => client.once('end', resolve)));
    await Promise.race([Promise.all(closed), delay(this.#times.answerMs, undefined, { ref: false })]);
  }

  #watch(client: PoolClient): void {
    const send = client.query.bind(client) as (...args: unknown[]) => unknown;
    this.#asks.set(client, async () => send('select 1'));
    client.query = ((...args: unknown[]) => {
      writeTogether(client.connection.stream);
      const sent = send(...args);
      return sent instanceof Promise ? this.#bounded(client, sent, isBegin(args[0])) : sent;
    }) as typeof client.query;
  }

  async #bounded(client: PoolClient, sent: Promise<unknown>, isBegin: boolean): Promise<unknown> {
    const { answerMs, statementMs } = this.#times;
    const unanswered = { client, sentAtMs: performance.now() };
    this.#unanswered.add(unanswered);
    let isOver = false;
    const { promise: givenUp, reject } = Promise.withResolvers<never>();
    const giveUp = (): void => {
      if (isOver) return;
      this.#foundDead();
      cut(client);
      // The driver ends what waits on a connection that it knows to be gone; whoever waits here must not depend on that.
      reject(new NoConnectionError('a statement was not answered'));
    };
    // After a pause of this process the answer may be there, and only unread.
    const timer = setTimeout(() => setImmediate(giveUp), isBegin ? answerMs : statementMs);
    try {
      const answer = await Promise.race([sent, givenUp]);
      this.#heardAtMs = performance.now();
      return answer;
    } finally {
      isOver = true;
      clearTimeout(timer);
      this.#unanswered.delete(unanswered);
    }
  }

  /** Who waits must not find out one after another. But while anything is heard, what does not answer is only slow. */
  #foundDead(): void {
    const nowMs = performance.now();
    const { answerMs } = this.#times;
    if (this.#isHeard()) return;
    this.#silentAtMs = nowMs;
    this.#places.cancel();
    this.#keptPlace.cancel();
    for (const { client, sentAtMs } of this.#unanswered) if (nowMs - sentAtMs > answerMs) cut(client);
  }

  #isHeard(): boolean {
    return performance.now() - this.#heardAtMs < this.#times.answerMs / 2;
  }

  /** A new connection that takes long while others are answered is asked for again: the machine is busy. */
  async #newClient(): Promise<PoolClient> {
    for (;;) {
      try {
        return await this.#pool.connect();
      } catch (error) {
        if (error instanceof DatabaseError || !this.#isHeard()) throw error;
        await delay(CONNECT_PAUSE_MS);
      }
    }
  }

  async #turn(): Promise<() => void> {
    this.#waiting += 1;
    try {
      const turns = pressing.getStore() === true ? this.#keptTurns : this.#turns;
      const [, giveBack] = await turns.acquire();
      return giveBack;
    } catch (cause) {
      const why = cause === E_CANCELED ? 'PostgreSQL is out of reach' : 'all connections are in use';
      throw new NoConnectionError(why, { cause });
    } finally {
      this.#waiting -= 1;
    }
  }

  async #liveClient(): Promise<PoolClient> {
    for (;;) {
      const client = await this.#newClient();
      const idleSinceMs = this.#idleSinceMs.get(client);
      if (idleSinceMs === undefined) return client;
      const isDistrusted = idleSinceMs < this.#silentAtMs;
      const isFresh = performance.now() - idleSinceMs < this.#times.trustMs;
      if (!isDistrusted && (isFresh || (await this.#answers(client)))) return client;
      client.release(true);
      if (isDistrusted) continue;
      throw new NoConnectionError('a connection was dead');
    }
  }

  async #answers(client: PoolClient): Promise<boolean> {
    const asked = this.#asks.get(client)?.() ?? Promise.resolve();
    const answered = asked.then(
      () => true,
      () => false,
    );
    const patience = new AbortController();
    const silence = delay(this.#times.answerMs, false, { signal: patience.signal })
      .then((silent) => nextTurn(silent))
      .catch(() => false);
    const lives = await Promise.race([answered, silence]);
    patience.abort();
    return lives;
  }
}

/** Ends a connection although it waits for an answer, and with it all that was sent on it. */
function cut(client: PoolClient): void {
  void client.end();
  client.connection.stream.destroy();
}

function isBegin(text: unknown): boolean {
  return typeof text === 'string' && text.startsWith('begin');
}

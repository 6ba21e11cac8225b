import { MikroORM } from '@mikro-orm/postgresql';
import type { EntityManager } from '@mikro-orm/postgresql';
import type { Clock } from '../../kernel/clock.js';
import type { Context } from '../../kernel/context.js';
import type { Logger } from '../logging/logger.js';
import type { DatabaseConnection } from './connection.js';
import { callCrossTenantFunction } from './cross-tenant-functions.js';
import type { CrossTenantFunction, CrossTenantFunctions } from './cross-tenant-functions.js';
import { isRetryable, translateDatabaseError } from './database-errors.js';
import type { LivePool, PoolLoad } from './live-pool.js';
import { ormOptions } from './orm-options.js';
import type { EntityList } from './orm-options.js';
import type { PreparedStatement } from './prepared-statement.js';
import { ReadSession } from './read-session.js';
import { refuseUnboundRole } from './role-check.js';
import { laneOf, SharedWrites } from './shared-writes.js';
import type { Transaction } from './transaction.js';
import { flushed, TransactionRunner } from './transaction-runner.js';
import type { TransactionOptions } from './transaction-runner.js';

export interface DatabaseOptions {
  readonly connection: DatabaseConnection;
  readonly entities: EntityList;
  readonly logger: Logger;
  readonly clock: Clock;
  /** Connections at most, besides the one that is kept for leases; default 20. */
  readonly poolSize?: number;
  /** How long a caller waits for one while all are in use; default 8 s, less than an operation of the API may take. */
  readonly waitMs?: number;
  /** Off only where it is shown that row-level security alone holds. */
  readonly filtersEnabled?: boolean;
  /** After a commit, with the streams that have news. */
  readonly onAppended?: (streamIds: readonly string[]) => void;
}

const OFTEN = { keepsPlans: true };
const DEFAULT_POOL_SIZE = 20;
const DEFAULT_WAIT_MS = 8_000;
const MAX_ATTEMPTS = 5;
const RETRY_STEP_MS = 10;

/**
 * The door to PostgreSQL. Every read and write needs a {@link Context}, whose scope becomes transaction-local settings that
 * row-level security reads: without a scope there are no tenant rows. Throws DATABASE_UNAVAILABLE when PostgreSQL does not answer.
 */
export class Database {
  readonly #orm: MikroORM;
  readonly #clock: Clock;
  readonly #transactions: TransactionRunner;
  readonly #sessions = new WeakMap<Context, ReadSession>();
  readonly #composed = new WeakMap<Context, Transaction>();
  readonly #shared: SharedWrites;
  #queryCount = 0;
  #pool: LivePool | null = null;

  private constructor(options: DatabaseOptions) {
    this.#clock = options.clock;
    this.#orm = new MikroORM(
      ormOptions({
        ...options,
        poolSize: options.poolSize ?? DEFAULT_POOL_SIZE,
        waitMs: options.waitMs ?? DEFAULT_WAIT_MS,
        filtersEnabled: options.filtersEnabled ?? true,
        onStatement: () => (this.#queryCount += 1),
        onPool: (pool) => (this.#pool = pool),
      }),
    );
    this.#transactions = new TransactionRunner({
      ...options,
      fork: () => this.#orm.em.fork(),
    });
    this.#shared = new SharedWrites({
      together: (writes) => this.#translated(() => this.#transactions.together(writes, OFTEN)),
      alone: ({ ctx, work }) => this.write(ctx, work, OFTEN),
    });
  }

  /** Connects; throws UnboundRoleError for a role that row-level security does not bind. */
  static async open(options: DatabaseOptions): Promise<Database> {
    const database = new Database(options);
    try {
      await refuseUnboundRole(database.#orm.em.fork());
      return database;
    } catch (error) {
      await database.close();
      throw translateDatabaseError(error);
    }
  }

  /** Statements sent so far, BEGIN and COMMIT included; tests take differences. */
  get queryCount(): number {
    return this.#queryCount;
  }

  get poolLoad(): PoolLoad {
    return this.#pool?.load ?? { inUse: 0, idle: 0, waiting: 0 };
  }

  /** Reads in one read-only transaction: the one of the context's read session, or one of its own. */
  async read<T>(
    ctx: Context,
    work: (em: EntityManager) => Promise<T>,
    { keepsPlans = false }: TransactionOptions = {},
  ): Promise<T> {
    const composed = this.#composed.get(ctx);
    if (composed !== undefined) return work(composed.em);
    return this.#translated(async () => {
      const session = this.#sessions.get(ctx.origin);
      if (session !== undefined) return session.read(ctx, work);
      const em = await this.#transactions.begin(ctx.scope, { readOnly: true, keepsPlans });
      return this.#transactions.finish(em, () => work(em));
    });
  }

  /**
   * Lets all reads of `ctx`, and of what it is narrowed to, share one lazily opened transaction at a time until it is closed. A context has one
   * session at a time: every operation of the API has a context of its own.
   */
  openReads(ctx: Context): ReadSession {
    if (this.#sessions.has(ctx)) throw new Error('this context has an open read session');
    const session = new ReadSession(
      (narrowed) => this.#transactions.begin(narrowed.scope, { readOnly: true }),
      () => this.#sessions.delete(ctx),
    );
    this.#sessions.set(ctx, session);
    return session;
  }

  /**
   * One transaction, which is one public service method. `work` is run again from its start, with a fresh EntityManager,
   * when PostgreSQL ends the transaction for a deadlock: it must do nothing that a rollback cannot undo.
   */
  async write<T>(
    ctx: Context,
    work: (tx: Transaction) => Promise<T>,
    { keepsPlans = false }: TransactionOptions = {},
  ): Promise<T> {
    const composed = this.#composed.get(ctx);
    if (composed !== undefined) return flushed(composed, work);
    return this.#translated(async () => {
      await this.#sessions.get(ctx.origin)?.refresh();
      for (let attempt = 1; ; attempt += 1) {
        try {
          return await this.#transactions.write(ctx, work, { keepsPlans });
        } catch (error) {
          if (!isRetryable(error) || attempt === MAX_ATTEMPTS) throw error;
          await this.#clock.sleep(Math.random() * RETRY_STEP_MS * 2 ** attempt);
        }
      }
    });
  }

  /**
   * As {@link write}, for what runs all the time, and keeps its plans: what comes meanwhile for other devices of the agency, or from callers who see just the same,
   * becomes one transaction. Each work has an EntityManager, events and an actor of its own; works of devices see the subaccounts of all of them.
   * It must not wait for another one, nor trust a lock to keep out what shares its transaction.
   */
  async share<T>(ctx: Context, work: (tx: Transaction) => Promise<T>): Promise<T> {
    if (this.#composed.has(ctx)) return this.write(ctx, work, OFTEN);
    await this.#sessions.get(ctx.origin)?.refresh();
    return this.#shared.add(laneOf(ctx), { ctx, work });
  }

  /**
   * Several use cases as one transaction: whatever is called with `inside` joins it, and is taken back with it. `inside` is good until `work`
   * is over, and who catches an error of a use case must not go on: half of it may have been written.
   */
  async compose<T>(ctx: Context, work: (tx: Transaction, inside: Context) => Promise<T>): Promise<T> {
    return this.write(ctx, async (tx) => {
      const inside = ctx.withScope(ctx.requireScope());
      this.#composed.set(inside, tx);
      try {
        return await work(tx, inside);
      } finally {
        this.#composed.delete(inside);
      }
    });
  }

  /** Calls one of the listed functions that look across tenants, for which a context without tenant is needed. */
  async callFunction<F extends CrossTenantFunction>(
    ctx: Context,
    name: F,
    args: CrossTenantFunctions[F]['args'],
  ): Promise<CrossTenantFunctions[F]['row'][]> {
    if (ctx.scope !== null) throw new Error(`${name} looks across tenants, its context must have none`);
    return this.#translated(() =>
      callCrossTenantFunction(this.#orm.em.fork().getKysely<unknown>(), name, args),
    );
  }

  /** One statement, which is a transaction by itself, without a tenant: one turn to PostgreSQL and back. */
  async run<Row extends object>(
    statement: PreparedStatement<Row>,
    values: readonly unknown[],
  ): Promise<Row[]> {
    return this.#translated(() => statement.run(this.#orm.em.fork(), values));
  }

  async ping(): Promise<void> {
    await this.#translated(() => this.#orm.em.fork().execute('select 1'));
  }

  async close(): Promise<void> {
    await this.#orm.close(true);
  }

  async #translated<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw translateDatabaseError(error);
    }
  }
}

import { AsyncLocalStorage } from 'node:async_hooks';
import type { EntityManager } from '@mikro-orm/postgresql';
import { Mutex } from 'async-mutex';
import type { Context } from '../../kernel/context.js';

type Work<T> = (em: EntityManager) => Promise<T>;

interface Turn {
  readonly ctx: Context;
  readonly em: EntityManager;
  over: boolean;
}

/**
 * The reads of one operation. Its read-only transaction is opened by the first read and serves all of them, one after
 * another: one connection answers one query at a time. A write ends it, so that later reads see what was written; so does a read in a
 * narrower scope, which must not meet rows that were read in another one.
 */
export class ReadSession {
  readonly #begin: (ctx: Context) => Promise<EntityManager>;
  readonly #onClose: () => void;
  readonly #mutex = new Mutex();
  readonly #turn = new AsyncLocalStorage<Turn>();
  #em: EntityManager | null = null;
  #ctx: Context | null = null;

  constructor(begin: (ctx: Context) => Promise<EntityManager>, onClose: () => void) {
    this.#begin = begin;
    this.#onClose = onClose;
  }

  async read<T>(ctx: Context, work: Work<T>): Promise<T> {
    const turn = this.#turn.getStore();
    // A read inside a read already has its turn; waiting for another would never end.
    if (turn?.over === false) {
      if (turn.ctx !== ctx) throw new Error('a read inside a read must have the same scope');
      return work(turn.em);
    }
    return this.#mutex.runExclusive(() => this.#take(ctx, work));
  }

  /** Ends the transaction; the next read opens another and sees what was committed meanwhile. */
  async refresh(): Promise<void> {
    if (this.#turn.getStore()?.over === false) throw new Error('a write cannot start inside a read');
    if (this.#em === null && !this.#mutex.isLocked()) return;
    await this.#mutex.runExclusive(() => this.#end());
  }

  /** Ends the session; reads of the same context are again transactions of their own. */
  async close(): Promise<void> {
    this.#onClose();
    await this.refresh();
  }

  async #take<T>(ctx: Context, work: Work<T>): Promise<T> {
    if (this.#ctx !== ctx) await this.#end();
    this.#ctx = ctx;
    const turn: Turn = { ctx, em: (this.#em ??= await this.#begin(ctx)), over: false };
    try {
      return await this.#turn.run(turn, () => work(turn.em));
    } catch (error) {
      // After a failed statement PostgreSQL refuses all others of the transaction.
      await this.#end();
      throw error;
    } finally {
      turn.over = true;
    }
  }

  async #end(): Promise<void> {
    const em = this.#em;
    this.#em = null;
    await em?.rollback().catch(() => undefined);
  }
}

import { AsyncLocalStorage } from 'node:async_hooks';
import type { EntityManager } from '@mikro-orm/postgresql';
import { Mutex } from 'async-mutex';

type Work<T> = (em: EntityManager) => Promise<T>;

interface Turn {
  readonly em: EntityManager;
  over: boolean;
}

/**
 * The reads of one operation. Its read-only transaction is opened by the first read and serves all of them, one after
 * another: one connection answers one query at a time. A write ends it, so that later reads see what was written.
 */
export class ReadSession {
  readonly #begin: () => Promise<EntityManager>;
  readonly #onClose: () => void;
  readonly #mutex = new Mutex();
  readonly #turn = new AsyncLocalStorage<Turn>();
  #em: EntityManager | null = null;

  constructor(begin: () => Promise<EntityManager>, onClose: () => void) {
    this.#begin = begin;
    this.#onClose = onClose;
  }

  async read<T>(work: Work<T>): Promise<T> {
    const turn = this.#turn.getStore();
    // A read inside a read already has its turn; waiting for another would never end.
    if (turn?.over === false) return work(turn.em);
    return this.#mutex.runExclusive(() => this.#take(work));
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

  async #take<T>(work: Work<T>): Promise<T> {
    const turn: Turn = { em: (this.#em ??= await this.#begin()), over: false };
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

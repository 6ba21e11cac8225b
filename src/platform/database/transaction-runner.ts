import type { EntityManager } from '@mikro-orm/postgresql';
import { allDone, bothDone } from '../../kernel/both-done.js';
import type { Clock } from '../../kernel/clock.js';
import type { Context, Scope } from '../../kernel/context.js';
import { appendEvents } from '../events/event-append.js';
import type { Logger } from '../logging/logger.js';
import { openingWith } from './pool-dialect.js';
import { useLine, useLineOf } from './prepared-statement.js';
import { scopeStatements, tenantFilterArguments } from './scope-settings.js';
import type { Write } from './shared-writes.js';
import { CollectingTransaction } from './transaction.js';
import type { Transaction } from './transaction.js';

/** `keepsPlans`: for what runs all the time and finds its rows by keys, whatever their values. */
export interface TransactionOptions {
  readonly keepsPlans?: boolean;
}

/** Transactions from BEGIN to what follows the COMMIT. Each begins with the scope that row-level security reads, and ends with its events. */
export class TransactionRunner {
  readonly #fork: () => EntityManager;
  readonly #logger: Logger;
  readonly #clock: Clock;
  readonly #onAppended: (streamIds: readonly string[]) => void;

  constructor(options: {
    readonly fork: () => EntityManager;
    readonly logger: Logger;
    readonly clock: Clock;
    readonly onAppended?: (streamIds: readonly string[]) => void;
  }) {
    this.#fork = options.fork;
    this.#logger = options.logger;
    this.#clock = options.clock;
    this.#onAppended = options.onAppended ?? (() => undefined);
  }

  /** One try at a transaction with the events that it appends. */
  async write<T>(
    ctx: Context,
    work: (tx: Transaction) => Promise<T>,
    options: TransactionOptions,
  ): Promise<T> {
    const em = await this.begin(ctx.scope, options);
    const tx = new CollectingTransaction(ctx, em);
    return this.#commit(em, [tx], () => flushed(tx, work));
  }

  /** One for all of them. */
  async together<T>(writes: readonly Write<T>[], options: TransactionOptions): Promise<readonly T[]> {
    const em = await this.begin(scopeOfAll(writes), options);
    const parts = writes.map(({ ctx, work }) => ({ work, tx: new CollectingTransaction(ctx, beside(em)) }));
    const txs = parts.map(({ tx }) => tx);
    return this.#commit(em, txs, () => allDone(parts.map(({ tx, work }) => flushed(tx, work))));
  }

  /** `txs`: the parts of the transaction that `em` has begun. */
  async #commit<T>(
    em: EntityManager,
    txs: readonly CollectingTransaction[],
    work: () => Promise<T>,
  ): Promise<T> {
    let streamIds: readonly string[] = [];
    const result = await this.finish(em, work, async () => {
      // Last: the counters of the streams stay locked from here to the commit.
      streamIds = await appendEvents(em, txs, this.#clock.now());
    });
    if (streamIds.length > 0) await this.#afterCommit(txs[0], () => this.#onAppended(streamIds));
    for (const tx of txs) for (const run of tx.callbacks) await this.#afterCommit(tx, run);
    return result;
  }

  async #afterCommit(tx: Transaction | undefined, run: () => void | Promise<void>): Promise<void> {
    try {
      await run();
    } catch (error) {
      this.#logger.error({ err: error, requestId: tx?.ctx.requestId }, 'work after a commit failed');
    }
  }

  async begin(
    scope: Scope | null,
    { readOnly = false, keepsPlans = false }: TransactionOptions & { readonly readOnly?: boolean },
  ): Promise<EntityManager> {
    const em = this.#fork();
    if (scope !== null) em.setFilterParams('tenant', { ...tenantFilterArguments(scope) });
    useLine(
      em,
      await openingWith(scopeStatements(scope, { readOnly, keepsPlans }), () => em.begin({ readOnly })),
    );
    return em;
  }

  /** `last` is sent with the COMMIT: if it fails, that is a rollback. */
  async finish<T>(
    em: EntityManager,
    work: () => Promise<T>,
    last = async (): Promise<void> => undefined,
  ): Promise<T> {
    try {
      const result = await work();
      await bothDone(last(), em.commit());
      return result;
    } catch (error) {
      await em.rollback().catch(() => undefined);
      throw error;
    }
  }
}

/** What comes behind it in the transaction sees what it wrote. */
export async function flushed<T>(tx: Transaction, work: (tx: Transaction) => Promise<T>): Promise<T> {
  const result = await work(tx);
  await tx.em.flush();
  return result;
}

/** Another one on the same transaction: what one work has read or changed is nothing to the others. */
function beside(em: EntityManager): EntityManager {
  const own = em.fork({ keepTransactionContext: true });
  useLineOf(em, own);
  return own;
}

/** What any of them sees. Those who see more than some subaccounts share with none but who sees the same. */
function scopeOfAll(writes: readonly Write<unknown>[]): Scope | null {
  const scopes = writes.map(({ ctx }) => ctx.requireScope());
  const [first] = scopes;
  if (first === undefined || first.subaccountIds === 'all' || first.deviceId !== undefined)
    return first ?? null;
  const ids = scopes.flatMap(({ subaccountIds }) => (subaccountIds === 'all' ? [] : subaccountIds));
  return { agencyId: first.agencyId, subaccountIds: [...new Set(ids)] };
}

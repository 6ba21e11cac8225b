import { AsyncLocalStorage } from 'node:async_hooks';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Context } from '../../kernel/context.js';
import { isDatabaseAway } from './database-errors.js';
import type { Transaction } from './transaction.js';

/** What is done in a transaction, maybe beside others. */
export interface Write<T> {
  readonly ctx: Context;
  readonly work: (tx: Transaction) => Promise<T>;
}

type Tell = () => void;

/** Its result is how to tell it, once it is committed. */
interface Waiting extends Write<Tell> {
  readonly fail: (error: unknown) => void;
}

interface Runs {
  /** One transaction. When it throws nothing of it is there, unless the database is away. */
  readonly together: (writes: readonly Write<Tell>[]) => Promise<readonly Tell[]>;
  readonly alone: (write: Write<Tell>) => Promise<Tell>;
}

/** All wait for the slowest of them. */
const MOST_TOGETHER = 16;
/** Nobody waits longer for what is on its way: a lock may hold it up. */
const PATIENCE_MS = 20;

/** Who may share a transaction: sessions of the devices of one agency, or callers who see just the same. */
export function laneOf({ actor, scope }: Context): string {
  if (scope === null) throw new Error('without a tenant nothing is shared');
  const { agencyId, subaccountIds, deviceId = '' } = scope;
  const isSession = actor.kind === 'device' && subaccountIds !== 'all' && deviceId === '';
  return isSession ? agencyId : JSON.stringify([agencyId, subaccountIds, deviceId]);
}

/**
 * Gathers what is to be written while something else of those who may share is on its way, and writes it in one transaction: while many devices are at work, BEGIN
 * and COMMIT, and the turns to PostgreSQL and back, cost more than what each of them has to write. What comes alone is written at once.
 */
export class SharedWrites {
  readonly #runs: Runs;
  readonly #lanes = new Map<string, Lane>();

  constructor(runs: Runs) {
    this.#runs = runs;
  }

  /** Resolves after the commit. `work` is run again, alone, when one beside it fails. */
  add<T>(name: string, { ctx, work }: Write<T>): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const lane = this.#lanes.get(name) ?? new Lane(this.#runs, () => this.#lanes.delete(name));
    this.#lanes.set(name, lane);
    lane.add({
      ctx,
      // Whoever's turn it is, each works in the context that it came from.
      work: AsyncLocalStorage.bind(async (tx) => {
        const result = await work(tx);
        return () => resolve(result);
      }),
      fail: reject,
    });
    return promise;
  }
}

/** What is written for those who may share a transaction. */
class Lane {
  readonly #runs: Runs;
  readonly #onEmpty: () => void;
  readonly #waiting: Waiting[] = [];
  #underWay = 0;
  #patience: NodeJS.Timeout | null = null;

  constructor(runs: Runs, onEmpty: () => void) {
    this.#runs = runs;
    this.#onEmpty = onEmpty;
  }

  add(write: Waiting): void {
    this.#waiting.push(write);
    if (this.#underWay === 0) void this.#next();
    else this.#patience ??= setTimeout(() => void this.#next(), PATIENCE_MS);
  }

  async #next(): Promise<void> {
    this.#underWay += 1;
    // Who comes in this turn of the event loop comes along.
    await nextTurn();
    if (this.#patience !== null) clearTimeout(this.#patience);
    const writes = this.#waiting.splice(0, MOST_TOGETHER);
    this.#patience = this.#waiting.length === 0 ? null : setTimeout(() => void this.#next(), PATIENCE_MS);
    await this.#write(writes);
    this.#underWay -= 1;
    if (this.#underWay > 0) return;
    if (this.#waiting.length > 0) void this.#next();
    else this.#onEmpty();
  }

  async #write(writes: readonly Waiting[]): Promise<void> {
    if (writes.length > 1) {
      try {
        for (const tell of await this.#runs.together(writes)) tell();
        return;
      } catch (error) {
        // Whether that was a rollback nobody can say.
        if (isDatabaseAway(error)) {
          for (const { fail } of writes) fail(error);
          return;
        }
      }
    }
    await Promise.all(writes.map((write) => this.#runs.alone(write).then((tell) => tell(), write.fail)));
  }
}

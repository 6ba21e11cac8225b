import type { SqlEntityManager } from '@mikro-orm/postgresql';
import DataLoader from 'dataloader';
import { lineOf } from './prepared-statement.js';
import type { TransactionLine } from './transaction-line.js';

type Ask<Key, Answer> = (em: SqlEntityManager, keys: readonly Key[]) => Promise<readonly Answer[]>;

/** What the works that share a transaction ask in the same turn of the event loop, each for itself, is asked with one statement. */
export class GatheredQuestion<Key, Answer> {
  readonly #ask: Ask<Key, Answer>;
  readonly #atMost: number;
  readonly #asked = new WeakMap<TransactionLine, DataLoader<Key, Answer>>();

  /** `ask` answers in the order of the keys. */
  constructor(ask: Ask<Key, Answer>, { atMost = Infinity }: { readonly atMost?: number } = {}) {
    this.#ask = ask;
    this.#atMost = atMost;
  }

  async of(em: SqlEntityManager, key: Key): Promise<Answer> {
    const line = lineOf(em);
    const question = (line && this.#asked.get(line)) ?? this.#begin(em, line);
    return question.load(key);
  }

  #begin(em: SqlEntityManager, line: TransactionLine | undefined): DataLoader<Key, Answer> {
    const question = new DataLoader<Key, Answer>((keys) => this.#ask(em, keys), {
      cache: false,
      maxBatchSize: this.#atMost,
    });
    if (line !== undefined) this.#asked.set(line, question);
    return question;
  }
}

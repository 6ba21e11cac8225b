import type { SqlEntityManager } from '@mikro-orm/postgresql';
import { CompiledQuery } from 'kysely';
import type { TransactionLine } from './transaction-line.js';

const names = new Map<string, string>();
const lines = new WeakMap<SqlEntityManager, TransactionLine>();

/** Prepared statements of the EntityManager are sent on this line from now on. */
export function useLine(em: SqlEntityManager, line: TransactionLine): void {
  lines.set(em, line);
}

/** As of another EntityManager of the same transaction. */
export function useLineOf(other: SqlEntityManager, em: SqlEntityManager): void {
  const line = lines.get(other);
  if (line !== undefined) lines.set(em, line);
}

/** The line of its transaction; undefined: it has none. */
export function lineOf(em: SqlEntityManager): TransactionLine | undefined {
  return lines.get(em);
}

/** The name under which a connection keeps the plan of this text; undefined for what is planned each time. */
export function preparedName(text: string): string | undefined {
  return names.get(text);
}

/**
 * A statement of a hot path: each connection parses and plans it once. A kept plan serves all values, so a constant that the
 * predicate of a partial index needs is written out; and it names its columns, since a `*` that means something else after a
 * migration fails.
 */
export class PreparedStatement<Row extends object = Record<string, never>> {
  readonly #text: string;

  constructor(name: string, text: string) {
    if ([...names.values()].includes(name)) throw new Error(`two statements are called ${name}`);
    names.set(text, name);
    this.#text = text;
  }

  /** Runs in the EntityManager's transaction. It is sent before this returns: several that need nothing of each other can share a round trip. */
  async run(em: SqlEntityManager, values: readonly unknown[]): Promise<Row[]> {
    const query = CompiledQuery.raw(this.#text, [...values]);
    const line = lines.get(em);
    const { rows } = await (line === undefined
      ? em.getKysely<unknown>().executeQuery(query)
      : line.send(query));
    return rows as Row[];
  }
}

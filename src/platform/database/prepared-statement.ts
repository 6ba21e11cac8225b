import type { SqlEntityManager } from '@mikro-orm/postgresql';
import { CompiledQuery } from 'kysely';

const names = new Map<string, string>();

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

  /** Runs in the EntityManager's transaction. */
  async run(em: SqlEntityManager, values: readonly unknown[]): Promise<Row[]> {
    const query = CompiledQuery.raw(this.#text, [...values]);
    const { rows } = await em.getKysely<unknown>().executeQuery(query);
    return rows as Row[];
  }
}

import type { EntityManager } from '@mikro-orm/postgresql';
import { sql, type RawBuilder } from 'kysely';

/** A condition on columns of the table. */
export type Condition = RawBuilder<unknown>;

export interface FirstOfEach {
  readonly table: string;
  /** The column that names the owner of a row. */
  readonly ownerColumn: string;
  readonly ownerIds: readonly string[];
  /** Conditions on the columns of the table, all of them. */
  readonly conditions: readonly Condition[];
  /** Columns that the list is ordered by, descending; an index begins with the owner and goes on with them. */
  readonly newestBy: readonly string[];
  readonly limit: number;
}

/**
 * The ids of the first rows of many lists in one statement, however many owners there are: what keeps lists inside of lists from costing
 * a statement each. In no order.
 */
export async function findFirstOfEach(em: EntityManager, options: FirstOfEach): Promise<string[]> {
  const { table, ownerColumn, ownerIds, conditions, newestBy, limit } = options;
  const where = sql.join([sql`t.${sql.ref(ownerColumn)} = o.owner`, ...conditions], sql` and `);
  const order = sql.join(newestBy.map((column) => sql`t.${sql.ref(column)} desc`));
  const { rows } = await sql<{ id: string }>`
    select l.id from unnest(${`{${ownerIds.join(',')}}`}::uuid[]) as o (owner)
    cross join lateral (
      select t.id from ${sql.table(table)} as t where ${where} order by ${order} limit ${limit}
    ) as l`.execute(em.getKysely<unknown>());
  return rows.map(({ id }) => id);
}

export function isOneOf(column: string, values: readonly string[]): Condition {
  return sql`t.${sql.ref(column)} in (${sql.join(values)})`;
}

export function isEqual(column: string, value: string | number): Condition {
  return sql`t.${sql.ref(column)} = ${value}`;
}

export function isAtLeast(column: string, value: string): Condition {
  return sql`t.${sql.ref(column)} >= ${value}`;
}

export function isBelow(column: string, value: string): Condition {
  return sql`t.${sql.ref(column)} < ${value}`;
}

export function isAbove(column: string, value: number): Condition {
  return sql`t.${sql.ref(column)} > ${value}`;
}

/** Rows that come after the place in a list, which is ordered by these columns, descending. */
export function isAfter(place: Readonly<Record<string, string>>): Condition {
  const columns = Object.keys(place).map((column) => sql`t.${sql.ref(column)}`);
  return sql`(${sql.join(columns)}) < (${sql.join(Object.values(place))})`;
}

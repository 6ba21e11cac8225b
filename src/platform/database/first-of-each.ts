import type { EntityManager } from '@mikro-orm/postgresql';
import { sql, type RawBuilder } from 'kysely';
import { containsPattern } from './like-pattern.js';

/** A condition on columns of the table. */
export type Condition = RawBuilder<unknown>;

/** An index begins with the owner and goes on with the columns of the order. */
type Order =
  /** Columns that the list is ordered by, descending. */
  | { readonly newestBy: readonly string[] }
  /** Ascending. */
  | { readonly lowestBy: readonly string[] };

export type FirstOfEach = Order & {
  readonly table: string;
  /** The column that names the owner of a row. */
  readonly ownerColumn: string;
  readonly ownerIds: readonly string[];
  /** Conditions on the columns of the table, all of them. */
  readonly conditions: readonly Condition[];
  readonly limit: number;
};

/**
 * The ids of the first rows of many lists in one statement, however many owners there are: what keeps lists inside of lists from costing
 * a statement each. In no order.
 */
export async function findFirstOfEach(em: EntityManager, options: FirstOfEach): Promise<string[]> {
  const { table, ownerColumn, ownerIds, conditions, limit } = options;
  const where = sql.join([sql`t.${sql.ref(ownerColumn)} = o.owner`, ...conditions], sql` and `);
  const order =
    'newestBy' in options
      ? sql.join(options.newestBy.map((column) => sql`t.${sql.ref(column)} desc`))
      : sql.join(options.lowestBy.map((column) => sql`t.${sql.ref(column)} asc`));
  const { rows } = await sql<{ id: string }>`
    select l.id from unnest(${`{${ownerIds.join(',')}}`}::uuid[]) as o (owner)
    cross join lateral (
      select t.id from ${sql.table(table)} as t where ${where} order by ${order} limit ${limit}
    ) as l`.execute(em.getKysely<unknown>());
  return rows.map(({ id }) => id);
}

/** How many rows an owner has under these conditions. */
export async function countOf(
  em: EntityManager,
  { table, ownerColumn, ownerId, conditions }: CountOf,
): Promise<number> {
  const where = sql.join([sql`t.${sql.ref(ownerColumn)} = ${ownerId}`, ...conditions], sql` and `);
  const { rows } = await sql<{ count: number }>`
    select count(*)::int as count from ${sql.table(table)} as t where ${where}`.execute(
    em.getKysely<unknown>(),
  );
  return rows[0]?.count ?? 0;
}

interface CountOf extends Pick<FirstOfEach, 'table' | 'ownerColumn' | 'conditions'> {
  readonly ownerId: string;
}

/** How many rows each list has, in the order of the owners, counted up to the limit. One statement, however many owners. */
export async function countOfEach(
  em: EntityManager,
  options: Omit<FirstOfEach, 'newestBy' | 'lowestBy'>,
): Promise<number[]> {
  const { table, ownerColumn, ownerIds, conditions, limit } = options;
  const where = sql.join([sql`t.${sql.ref(ownerColumn)} = o.owner`, ...conditions], sql` and `);
  const { rows } = await sql<{ count: string }>`
    select l.count from unnest(${`{${ownerIds.join(',')}}`}::uuid[]) with ordinality as o (owner, place)
    cross join lateral (
      select count(*) from (select 1 from ${sql.table(table)} as t where ${where} limit ${limit}) as counted
    ) as l order by o.place`.execute(em.getKysely<unknown>());
  return rows.map(({ count }) => Number(count));
}

export function isOneOf(column: string, values: readonly string[]): Condition {
  return sql`t.${sql.ref(column)} in (${sql.join(values)})`;
}

export function isNoneOf(column: string, values: readonly string[]): Condition {
  return sql`t.${sql.ref(column)} not in (${sql.join(values)})`;
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

/** As {@link isAfter}, in a list that is ordered by one column, ascending. */
export function isBehind(column: string, value: string): Condition {
  return sql`t.${sql.ref(column)} > ${value}`;
}

/** Rows that another table, which holds rows of the same subaccounts, has under this value. */
export function isListedIn(table: string, { id, column, value }: Listing): Condition {
  return sql`exists (select from ${sql.table(table)} as l
    where l.${sql.ref(id)} = t.id and l.subaccount_id = t.subaccount_id and l.${sql.ref(column)} = ${value})`;
}

/** As {@link isListedIn}, asked row by row in the order of the list: the shorter way where most of its first rows are. */
export function isMostlyListedIn(table: string, { id, column, value }: Listing): Condition {
  // Taken for true of nearly every row by the planner, which goes by the order then.
  return sql`(select true from ${sql.table(table)}
    where ${sql.ref(id)} = t.id and ${sql.ref(column)} = ${value} limit 1) is not null`;
}

/** As {@link isListedIn}, by several columns of the other table: equal to these, and one of them within a range. */
export function isListedUnder(table: string, { id, equal, range }: WideListing): Condition {
  const conditions = Object.entries(equal).map(([column, value]) => sql`${sql.ref(column)} = ${value}`);
  if (range?.from != null) conditions.push(sql`${sql.ref(range.column)} >= ${range.from}`);
  if (range?.to != null) conditions.push(sql`${sql.ref(range.column)} <= ${range.to}`);
  return sql`t.id in (select ${sql.ref(id)} from ${sql.table(table)} where ${sql.join(conditions, sql` and `)})`;
}

export function isGiven(column: string, given: boolean): Condition {
  return given ? sql`t.${sql.ref(column)} is not null` : sql`t.${sql.ref(column)} is null`;
}

/** One of these columns contains the text, in any case. Uses no index. */
export function containsText(columns: readonly string[], text: string): Condition {
  const matches = columns.map((column) => sql`t.${sql.ref(column)} ilike ${containsPattern(text)}`);
  return sql`(${sql.join(matches, sql` or `)})`;
}

interface WideListing {
  /** The column that names the row. */
  readonly id: string;
  readonly equal: Readonly<Record<string, string>>;
  /** Both ends included. */
  readonly range?: {
    readonly column: string;
    readonly from?: string | number | null | undefined;
    readonly to?: string | number | null | undefined;
  };
}

interface Listing {
  /** The column that names the row. */
  readonly id: string;
  readonly column: string;
  readonly value: string;
}

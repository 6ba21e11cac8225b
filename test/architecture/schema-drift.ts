import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { EntityMetadata, EntityProperty } from '@mikro-orm/core';
import { MikroORM } from '@mikro-orm/postgresql';
import { Client } from 'pg';
import { entities } from '../../src/app/entities.js';
import { systemClock } from '../../src/kernel/clock.js';
import { toPgConfig } from '../../src/platform/database/connection.js';
import { migrateDatabase } from '../../src/platform/database/migrator.js';
import type { EntityList } from '../../src/platform/database/orm-options.js';
import { startEmbeddedPostgres } from '../../src/platform/embedded-postgres/embedded-postgres.js';

/** Tables that no entity maps, and why. */
const TABLES_WITHOUT_ENTITY: Readonly<Record<string, string>> = {
  contact_identity: 'resolved by one upsert of the contact directory',
  bulk_operation_error: 'rows of a report, written and read in batches',
  contact_field_value: 'a map beside each contact, written and read as one',
  contact_settings: 'one row for each subaccount that differs from the defaults',
  contact_tag: 'a set beside each contact, written and read as one',
  assignee_turn: 'whose turn it is, written by one upsert',
  conversation_label: 'a set beside each conversation, written and read as one',
  conversation_mention: 'a set beside each note, written and read as one',
  unread_conversation: 'counters beside each conversation, written for all who see it at once',
  deal_tag: 'a set beside each deal, written and read as one',
  event: 'written and read as a log, never as objects',
  event_reader: 'places of readers in the log',
  event_stream: 'counters of the log',
  idempotency_key: 'claimed by one insert',
  inbox: 'written with the ratchet in one statement, read in batches',
  installation: 'one row with the check value of the master key',
  message_key: 'only a unique key',
  quota_entry: 'a ledger, written by the statements that move the balances',
  process: 'heartbeats of the fleet',
  read_mark: 'what waits to be told, written by one upsert and read in batches',
  schema_migration: "the migrator's own",
  shard_lease: 'taken and renewed by single statements',
  signal_key: 'written in batches by the WhatsApp layer',
};

/** Columns of mapped tables that no property maps, and why. */
const COLUMNS_WITHOUT_PROPERTY: Readonly<Record<string, string>> = {
  'contact.name_key': 'made by the database, for the search for duplicates',
};

interface Column {
  readonly table: string;
  readonly column: string;
  readonly type: string;
  readonly nullable: boolean;
  readonly primary: boolean;
}

/** Partitions and BullMQ's schema are left out: the one follow their table, the other has its own migrations. */
const COLUMNS = `
  select c.relname as table, a.attname as column, a.atttypid::regtype::text as type, not a.attnotnull as nullable,
         coalesce(a.attnum = any (i.indkey), false) as primary
  from pg_class c
  join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
  left join pg_index i on i.indrelid = c.oid and i.indisprimary
  where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
  order by 1, a.attnum`;

/** Differences between the entities and a freshly migrated database, in both directions; empty when there are none. */
export async function findSchemaDrift(mapped: EntityList = entities): Promise<string[]> {
  const dataDir = mkdtempSync(path.join(tmpdir(), 'trunkline-drift-'));
  const postgres = await startEmbeddedPostgres({ dataDir, settings: { fsync: 'off' } });
  const client = new Client(toPgConfig(postgres.ownerConnection));
  try {
    const { ownerConnection: owner, appConnection: app } = postgres;
    await migrateDatabase({ owner, appRole: app.user, clock: systemClock });
    await client.connect();
    return await compareWithDatabase(client, mapped);
  } finally {
    await client.end();
    await postgres.stop();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

async function compareWithDatabase(client: Client, mapped: EntityList): Promise<string[]> {
  const columns = (await client.query<Column>(COLUMNS)).rows;
  const orm = new MikroORM({ dbName: 'none', entities: [...mapped] });
  const metadata = [...orm.getMetadata().getAll().values()].filter((meta) => !meta.embeddable);
  const tables = new Set(metadata.map((meta) => meta.tableName));
  const expected: Column[] = [];
  for (const meta of metadata) expected.push(...(await expectedColumns(client, meta)));
  const problems = [
    ...compareColumns(expected, columns),
    ...findUnmapped(tables, expected, columns),
    ...findStaleReasons(columns, tables),
  ];
  return [...new Set(problems)].sort();
}

async function expectedColumns(client: Client, meta: EntityMetadata): Promise<Column[]> {
  const columns: Column[] = [];
  for (const property of Object.values<EntityProperty>(meta.properties)) {
    if (property.persist === false) continue;
    for (const [index, column] of property.fieldNames.entries()) {
      // PostgreSQL knows best which type an alias such as `int` or `varchar(20)` names.
      const alias = property.columnTypes[index] ?? 'unknown';
      const { rows } = await client.query<{ type: string | null }>('select to_regtype($1)::text as type', [
        alias,
      ]);
      columns.push({
        table: meta.tableName,
        column,
        type: rows[0]?.type ?? alias,
        nullable: property.nullable === true,
        primary: property.primary === true,
      });
    }
  }
  return columns;
}

function compareColumns(expected: readonly Column[], actual: readonly Column[]): string[] {
  return expected.flatMap((want) => {
    const have = actual.find(({ table, column }) => table === want.table && column === want.column);
    if (have === undefined) return [`${nameOf(want)} is mapped by an entity, but does not exist`];
    return (['type', 'nullable', 'primary'] as const)
      .filter((fact) => want[fact] !== have[fact])
      .map(
        (fact) => `${nameOf(want)}: ${fact} is ${have[fact]} in the database, ${want[fact]} in the entity`,
      );
  });
}

function findUnmapped(
  tables: ReadonlySet<string>,
  expected: readonly Column[],
  actual: readonly Column[],
): string[] {
  const mapped = new Set(expected.map(nameOf));
  return actual.flatMap((column) => {
    if (tables.has(column.table)) {
      const known = mapped.has(nameOf(column)) || nameOf(column) in COLUMNS_WITHOUT_PROPERTY;
      return known ? [] : [`${nameOf(column)} is mapped by no property, and no reason says why`];
    }
    const known = column.table in TABLES_WITHOUT_ENTITY || !column.primary;
    return known ? [] : [`${column.table} is mapped by no entity, and no reason says why`];
  });
}

/** A reason for something that is gone, or mapped after all, misleads. */
function findStaleReasons(actual: readonly Column[], mappedTables: ReadonlySet<string>): string[] {
  const tables = new Set(actual.map(({ table }) => table));
  const columns = new Set(actual.map(nameOf));
  return [
    ...Object.keys(TABLES_WITHOUT_ENTITY)
      .filter((table) => !tables.has(table) || mappedTables.has(table))
      .map((table) => `${table} has a reason to be without entity, but needs none`),
    ...Object.keys(COLUMNS_WITHOUT_PROPERTY)
      .filter((column) => !columns.has(column))
      .map((column) => `${column} has a reason to be without property, but does not exist`),
  ];
}

function nameOf({ table, column }: Column): string {
  return `${table}.${column}`;
}

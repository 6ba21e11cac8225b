import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { entities } from '../../src/app/entities.js';
import { toPgConfig } from '../../src/platform/database/connection.js';
import {
  CROSS_TENANT_FUNCTIONS,
  TENANT_FUNCTIONS,
} from '../../src/platform/database/cross-tenant-functions.js';
import { listEntityProtections } from '../../src/platform/database/tenant-entity.js';
import { copyTemplate, type TestDatabaseConnections } from '../support/database.js';

/** Tables without an agency of their own, and why every process may see all their rows. */
const GLOBAL_TABLES: Readonly<Record<string, string>> = {
  event_reader: 'places of the installation’s own readers in the log, no tenant data',
  installation: 'one row with the check value of the master key',
  process: 'heartbeats of the fleet',
  schema_migration: 'names of migrations',
  shard_lease: 'which process owns which shard',
};

const TABLES = `
  select c.relname as name, c.relrowsecurity as enabled, c.relforcerowsecurity as forced,
         exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'agency_id' and not a.attisdropped) as "hasAgency",
         (select array_agg(polname::text order by polname) from pg_policy p where p.polrelid = c.oid) as policies
  from pg_class c
  where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition`;

/** References between tables of tenants, with the columns that they compare. */
const REFERENCES = `
  select k.conname as name, k.conrelid::regclass::text as "from", k.confrelid::regclass::text as "to",
         (select array_agg(a.attname::text) from pg_attribute a where a.attrelid = k.conrelid and a.attnum = any (k.conkey)) as columns
  from pg_constraint k
  where k.contype = 'f' and k.conparentid = 0 and k.connamespace = 'public'::regnamespace`;

interface Table {
  readonly name: string;
  readonly enabled: boolean;
  readonly forced: boolean;
  readonly hasAgency: boolean;
  readonly policies: readonly string[] | null;
}

interface Reference {
  readonly name: string;
  readonly from: string;
  readonly to: string;
  readonly columns: readonly string[];
}

describe('the migrated database', () => {
  let connections: TestDatabaseConnections;
  let client: Client;
  let tables: readonly Table[];

  beforeAll(async () => {
    connections = await copyTemplate();
    client = new Client(toPgConfig(connections.owner));
    await client.connect();
    tables = (await client.query<Table>(TABLES)).rows;
  });
  afterAll(async () => {
    await client.end();
    await connections.drop();
  });

  it('forces row-level security with a tenant policy on every table of tenants', () => {
    const owned = tables.filter(({ name, hasAgency }) => hasAgency || name === 'agency');
    expect(owned.length).toBeGreaterThan(20);
    const unprotected = owned.filter(
      ({ name, enabled, forced, policies }) =>
        !enabled || !forced || policies?.includes(`${name}_tenant`) !== true,
    );
    expect(unprotected).toEqual([]);
  });

  it('has no other policies than the tenant’s and the owner’s', () => {
    const others = tables.flatMap(({ name, policies }) =>
      (policies ?? []).filter((policy) => policy !== `${name}_tenant` && policy !== `${name}_owner`),
    );
    expect(others).toEqual([]);
  });

  it('has no table without an agency but the listed ones', () => {
    const without = tables.filter(({ name, hasAgency }) => !hasAgency && name !== 'agency');
    expect(without.map(({ name }) => name).sort()).toEqual(Object.keys(GLOBAL_TABLES).sort());
  });

  it('compares the agency in every reference between tables of tenants', async () => {
    const { rows } = await client.query<Reference>(REFERENCES);
    const tenants = new Set(tables.filter(({ hasAgency }) => hasAgency).map(({ name }) => name));
    const between = rows.filter(({ from, to }) => tenants.has(from) && tenants.has(to));
    expect(between.length).toBeGreaterThan(10);
    expect(between.filter(({ columns }) => columns.length < 2 || !columns.includes('agency_id'))).toEqual([]);
  });

  it('lets only the listed functions look across tenants, each with a search path of its own', async () => {
    const { rows } = await client.query<{ name: string; settings: readonly string[] | null }>(
      `select proname as name, proconfig as settings from pg_proc
       where pronamespace = 'public'::regnamespace and prosecdef`,
    );
    expect(rows.map(({ name }) => name).sort()).toEqual(
      [...CROSS_TENANT_FUNCTIONS, ...TENANT_FUNCTIONS].sort(),
    );
    const open = rows.filter(({ settings }) => !settings?.includes('search_path=public, pg_temp'));
    expect(open).toEqual([]);
  });

  it('gives the application no way past the policies: no partition, no ownership, no truncation', async () => {
    const { rows } = await client.query<{ name: string }>(
      `select c.relname as name from pg_class c
       where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
         and (c.relispartition and has_table_privilege($1, c.oid, 'select, insert, update, delete')
              or has_table_privilege($1, c.oid, 'truncate') or pg_has_role($1, c.relowner, 'member'))`,
      [connections.app.user],
    );
    expect(rows).toEqual([]);
  });
});

describe('every entity', () => {
  it('is declared as a tenant’s, an agency’s, or global with a reason', () => {
    const declared = listEntityProtections();
    expect(declared).toHaveLength(entities.length);
    const unexplained = declared.filter(({ kind, reason }) => kind === 'global' && !reason);
    expect(unexplained).toEqual([]);
  });
});

import { Client } from 'pg';
import { toPgConfig } from '../../src/platform/database/connection.js';
import type { TestServer } from './server.js';

/** What live sessions and processes write for themselves, whatever callers do: also what readers make of events later. */
const OF_MACHINES = [
  'device_secret',
  'signal_key',
  'inbox',
  'shard_lease',
  'process',
  'event_reader',
  'audit_entry',
  'usage_day',
  'mikro_orm_migrations',
];

/** Counts rows as they are, past row-level security. */
export class RowCounts implements AsyncDisposable {
  readonly #owner: Client;

  private constructor(owner: Client) {
    this.#owner = owner;
  }

  static async open({ connections }: TestServer): Promise<RowCounts> {
    const owner = new Client(toPgConfig(connections.owner));
    await owner.connect();
    return new RowCounts(owner);
  }

  /** How many rows each table has that people's data is in. */
  async all(): Promise<Readonly<Record<string, number>>> {
    const { rows } = await this.#owner.query<{ name: string; count: number }>(
      `select c.relname as name,
         (xpath('/row/n/text()', query_to_xml(format('select count(*) as n from %I', c.relname), false, true, '')))[1]::text::int as count
       from pg_class c
       where c.relkind in ('r', 'p') and not c.relispartition and c.relnamespace = 'public'::regnamespace
         and c.relname <> all ($1)`,
      [OF_MACHINES],
    );
    return Object.fromEntries(rows.map(({ name, count }) => [name, count]));
  }

  async of(table: string): Promise<number> {
    return (await this.all())[table] ?? 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#owner.end();
  }
}

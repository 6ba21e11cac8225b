import { Client } from 'pg';
import { parsePublicId } from '../../src/kernel/ids.js';
import { toPgConfig } from '../../src/platform/database/connection.js';
import type { TestServer } from '../support/server.js';
import type { Border } from './tenants.js';

/** Made from the event log whenever its reader gets there; what would change them shows as an event. */
const FOLLOW_BY_THEMSELVES = ['usage_day', 'audit_entry'];

/** Looks at rows as they are, past row-level security. */
export class Rows implements AsyncDisposable {
  readonly #client: Client;

  private constructor(client: Client) {
    this.#client = client;
  }

  static async open(server: TestServer): Promise<Rows> {
    const client = new Client(toPgConfig(server.connections.owner));
    await client.connect();
    return new Rows(client);
  }

  /** A fingerprint of each table's rows that belong to the victim. */
  async fingerprint({ rows: { column, publicId } }: Border): Promise<Readonly<Record<string, string>>> {
    const uuid = parsePublicId(publicId)?.uuid;
    const prints: Record<string, string> = {};
    for (const table of await this.#tablesWith(column)) {
      if (FOLLOW_BY_THEMSELVES.includes(table)) continue;
      const { rows } = await this.#client.query<{ print: string }>(
        `select count(*) || ' ' || coalesce(md5(string_agg(t::text, '|' order by t::text)), '') as print
         from ${table} t where ${column} = $1`,
        [uuid],
      );
      prints[table] = rows[0]?.print ?? '';
    }
    return prints;
  }

  async query<Row extends object>(text: string, values: readonly unknown[]): Promise<Row[]> {
    return (await this.#client.query<Row>(text, [...values])).rows;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client.end();
  }

  async #tablesWith(column: string): Promise<string[]> {
    const { rows } = await this.#client.query<{ relname: string }>(
      `select c.relname from pg_class c join pg_attribute a on a.attrelid = c.oid
       where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
         and a.attname = $1 order by 1`,
      [column],
    );
    return rows.map(({ relname }) => relname);
  }
}

import type { Client } from 'pg';
import type { Statement } from './statement-recorder.js';

interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Index Name'?: string;
  readonly Plans?: readonly PlanNode[];
}

export interface QueryPlan {
  /** Names of the indexes that are used; those of partitions under the name of the whole table's. */
  readonly indexes: readonly string[];
  /** Large tables that are read from end to end. */
  readonly scanned: readonly string[];
}

const EXPLAINED = /^\s*(?:select|with|update|delete|insert)\b/i;

/** Fewer rows are read from end to end in no time. */
const LARGE_ROWS = 400;

/** Says how PostgreSQL would run statements in the open transaction of `client`, with its role and settings. */
export class PlanReader {
  readonly #client: Client;
  readonly #wholes: ReadonlyMap<string, string>;
  readonly #large: ReadonlySet<string>;

  private constructor(client: Client, wholes: ReadonlyMap<string, string>, large: ReadonlySet<string>) {
    this.#client = client;
    this.#wholes = wholes;
    this.#large = large;
  }

  static async open(client: Client): Promise<PlanReader> {
    const parts = await client.query<{ part: string; whole: string }>(
      `select inhrelid::regclass::text as part, inhparent::regclass::text as whole from pg_inherits`,
    );
    const large = await client.query<{ name: string }>(
      `select relname as name from pg_class where relkind = 'r' and reltuples > $1`,
      [LARGE_ROWS],
    );
    return new PlanReader(
      client,
      new Map(parts.rows.map(({ part, whole }) => [part, whole])),
      new Set(large.rows.map(({ name }) => name)),
    );
  }

  async explain(statements: readonly Statement[]): Promise<QueryPlan> {
    const nodes: PlanNode[] = [];
    for (const { text, values } of statements.filter((each) => EXPLAINED.test(each.text))) {
      const { rows } = await this.#client.query<{ 'QUERY PLAN': readonly { Plan: PlanNode }[] }>(
        `explain (format json) ${text}`,
        [...values],
      );
      for (const { Plan } of rows[0]?.['QUERY PLAN'] ?? []) nodes.push(...flatten(Plan));
    }
    const indexes = nodes.flatMap((node) => node['Index Name'] ?? []);
    const scanned = nodes
      .filter((node) => node['Node Type'] === 'Seq Scan')
      .flatMap((node) => node['Relation Name'] ?? [])
      .filter((name) => this.#large.has(name));
    return {
      indexes: [...new Set(indexes.map((name) => this.#wholes.get(name) ?? name))],
      scanned: [...new Set(scanned.map((name) => this.#wholes.get(name) ?? name))],
    };
  }
}

function flatten(node: PlanNode): PlanNode[] {
  return [node, ...(node.Plans ?? []).flatMap(flatten)];
}

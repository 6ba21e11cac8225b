import type { Client } from 'pg';
import type { Statement } from './statement-recorder.js';

interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Actual Rows'?: number;
  readonly 'Actual Loops'?: number;
  readonly 'Rows Removed by Filter'?: number;
  readonly 'Rows Removed by Index Recheck'?: number;
  readonly 'Relation Name'?: string;
  readonly 'Index Name'?: string;
  readonly Plans?: readonly PlanNode[];
}

export interface QueryPlan {
  /** Names of the indexes that are used; those of partitions under the name of the whole table's. */
  readonly indexes: readonly string[];
  /** Large tables that are read from end to end. */
  readonly scanned: readonly string[];
  /** How many rows of tables and indexes were looked at, where the statements were run. */
  readonly rowsRead: number;
}

const EXPLAINED = /^\s*(?:select|with|update|delete|insert)\b/i;

/** Fewer rows are read from end to end in no time. */
const LARGE_ROWS = 400;

const EXPLAIN_INSIDE = `load 'auto_explain';
  set local auto_explain.log_min_duration = 0; set local auto_explain.log_analyze = on; set local auto_explain.log_timing = off;
  set local auto_explain.log_nested_statements = on; set local auto_explain.log_format = json; set local auto_explain.log_level = notice`;

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

  /** With `run` the statements are run, too: what a plan says of rows is a guess. */
  async explain(statements: readonly Statement[], { run = false } = {}): Promise<QueryPlan> {
    const options = run ? 'analyze, timing off, format json' : 'format json';
    const nodes: PlanNode[] = [];
    for (const { text, values } of statements.filter((each) => EXPLAINED.test(each.text))) {
      const { rows } = await this.#client.query<{ 'QUERY PLAN': readonly { Plan: PlanNode }[] }>(
        `explain (${options}) ${text}`,
        [...values],
      );
      for (const { Plan } of rows[0]?.['QUERY PLAN'] ?? []) nodes.push(...flatten(Plan));
    }
    return this.#judge(nodes);
  }

  /** Of what functions run inside of a statement, with their own plans. Only a superuser may ask for it. */
  async explainInside({ text, values }: Statement): Promise<QueryPlan> {
    const nodes: PlanNode[] = [];
    const hear = ({ message = '' }: { readonly message?: string | undefined }): void => {
      const [, plan] = /^duration: .* plan:\n(.*)$/s.exec(message) ?? [];
      if (plan !== undefined) nodes.push(...flatten((JSON.parse(plan) as { Plan: PlanNode }).Plan));
    };
    this.#client.on('notice', hear);
    try {
      await this.#client.query(EXPLAIN_INSIDE);
      await this.#client.query(text, [...values]);
      return this.#judge(nodes);
    } finally {
      this.#client.off('notice', hear);
    }
  }

  #judge(nodes: readonly PlanNode[]): QueryPlan {
    const indexes = nodes.flatMap((node) => node['Index Name'] ?? []);
    const scanned = nodes
      .filter((node) => node['Node Type'] === 'Seq Scan')
      .flatMap((node) => node['Relation Name'] ?? [])
      .filter((name) => this.#large.has(name));
    return {
      indexes: [...new Set(indexes.map((name) => this.#wholes.get(name) ?? name))],
      scanned: [...new Set(scanned.map((name) => this.#wholes.get(name) ?? name))],
      rowsRead: nodes.reduce((sum, node) => sum + rowsReadBy(node), 0),
    };
  }
}

function flatten(node: PlanNode): PlanNode[] {
  return [node, ...(node.Plans ?? []).flatMap(flatten)];
}

/** What joins, sorts and limits pass on was read below them. */
function rowsReadBy(node: PlanNode): number {
  if (!/Scan$/.test(node['Node Type']) || (node['Relation Name'] ?? node['Index Name']) === undefined)
    return 0;
  const { 'Rows Removed by Filter': filtered = 0, 'Rows Removed by Index Recheck': rechecked = 0 } = node;
  return ((node['Actual Rows'] ?? 0) + filtered + rechecked) * (node['Actual Loops'] ?? 1);
}

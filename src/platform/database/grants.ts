import type { ClientBase } from 'pg';
import { MIGRATION_TABLE } from './migration-table.js';

/** Tables where the application role may do less than everything. Partitions are never granted: no policy is on them. */
const RESTRICTED_TABLES: Readonly<Record<string, string>> = {
  [MIGRATION_TABLE]: 'select',
  // Append-only: history is not rewritten, and only the retention drops it.
  event: 'select, insert',
  quota_entry: 'select, insert',
  audit_entry: 'select, insert',
  installation: 'select, insert',
  shard_lease: 'select, update',
};
const FULL_ACCESS = 'select, insert, update, delete';

/** Brings the rights of `role` to exactly what the server needs; run again after each migration. */
export async function grantToApplication(client: ClientBase, role: string): Promise<void> {
  const grantee = client.escapeIdentifier(role);
  const { rows } = await client.query<{ name: string }>(
    `select relname as name from pg_class
     where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relispartition`,
  );
  const statements = [
    'begin',
    `revoke all on all tables in schema public from ${grantee}`,
    // Everybody may execute a new function unless it is taken away.
    'revoke execute on all functions in schema public from public',
    `grant usage on schema public to ${grantee}`,
    `grant usage on all sequences in schema public to ${grantee}`,
    `grant execute on all functions in schema public to ${grantee}`,
    ...rows.map(
      ({ name }) =>
        `grant ${RESTRICTED_TABLES[name] ?? FULL_ACCESS} on ${client.escapeIdentifier(name)} to ${grantee}`,
    ),
    'commit',
  ];
  await client.query(statements.join(';\n'));
}

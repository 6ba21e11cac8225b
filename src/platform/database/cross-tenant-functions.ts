import { sql } from 'kysely';
import type { Kysely } from 'kysely';

/** A device, or something else of a subaccount. */
interface DeviceIds {
  readonly id: string;
  readonly agencyId: string;
  readonly subaccountId: string;
}

export interface TokenFacts {
  readonly kind: 'session' | 'api_key' | 'device_token';
  readonly id: string;
  readonly agencyId: string;
  readonly subaccountId: string | null;
  readonly deviceId: string | null;
  readonly userId: string | null;
  readonly expiresAt: Date | null;
  readonly revokedAt: Date | null;
}

/** Arguments and rows of each function that looks across tenants. They return ids and what decides whether those are valid, or counts. */
export interface CrossTenantFunctions {
  find_token: { args: readonly [hash: Buffer]; row: TokenFacts };
  find_login_candidates: {
    args: readonly [email: string];
    row: { readonly id: string; readonly agencyId: string };
  };
  find_invitation: { args: readonly [hash: Buffer]; row: { readonly id: string; readonly agencyId: string } };
  find_agency_by_creation_key: {
    args: readonly [key: string];
    row: { readonly id: string; readonly creationHash: Buffer | null };
  };
  find_agency_of_subaccount: {
    args: readonly [subaccountId: string];
    row: { readonly value: string | null };
  };
  list_agency_ids: {
    args: readonly [afterId: string | null, maxRows: number];
    row: { readonly value: string };
  };
  list_devices_to_wake: {
    args: readonly [shards: readonly number[], at: Date, maxRows: number];
    row: DeviceIds;
  };
  list_devices_to_adopt: {
    args: readonly [shards: readonly number[], afterId: string | null, maxRows: number];
    row: DeviceIds;
  };
  list_devices_with_due_messages: {
    args: readonly [shards: readonly number[], at: Date, afterId: string | null, maxRows: number];
    row: DeviceIds;
  };
  find_waiting_work: {
    args: readonly [deviceIds: readonly string[], at: Date];
    row: {
      readonly id: string;
      readonly sends: boolean;
      readonly unsettled: boolean;
      readonly inbox: boolean;
      readonly reads: boolean;
      readonly files: boolean;
    };
  };
  list_devices_with_dead_messages: { args: readonly [at: Date, maxRows: number]; row: DeviceIds };
  list_devices_with_inbox: { args: readonly [at: Date, maxRows: number]; row: DeviceIds };
  list_due_media: { args: readonly [at: Date, maxRows: number]; row: DeviceIds };
  purge_inbox: { args: readonly [receivedBefore: Date, maxRows: number]; row: { readonly value: string } };
  purge_idempotency_keys: {
    args: readonly [createdBefore: Date, maxRows: number];
    row: { readonly value: string };
  };
  trim_events: {
    args: readonly [occurredBefore: Date, maxEvents: number, maxRows: number];
    row: { readonly value: string };
  };
  list_streams_with_usage_news: {
    args: readonly [maxRows: number];
    row: { readonly id: string; readonly agencyId: string };
  };
  ensure_audit_partitions: { args: readonly [at: Date]; row: Record<string, never> };
  drop_audit_partitions: { args: readonly [endedBefore: Date]; row: { readonly value: string } };
  ensure_message_partitions: { args: readonly [at: Date]; row: Record<string, never> };
  list_streams_with_news: {
    args: readonly [reader: string, maxRows: number];
    row: { readonly id: string; readonly agencyId: string };
  };
  list_streams_with_inbox_news: {
    args: readonly [maxRows: number];
    row: { readonly id: string; readonly agencyId: string };
  };
  list_snoozed_conversations: { args: readonly [at: Date, maxRows: number]; row: DeviceIds };
  list_endpoints_with_due_deliveries: { args: readonly [at: Date, maxRows: number]; row: DeviceIds };
  measure_backlog: {
    args: readonly [shards: readonly number[], at: Date];
    row: { readonly figure: string; readonly label: string; readonly value: number };
  };
  list_subaccounts_with_due_runs: {
    args: readonly [at: Date, maxRows: number];
    row: { readonly id: string; readonly agencyId: string };
  };
  list_due_automation_watches: { args: readonly [at: Date, maxRows: number]; row: DeviceIds };
  purge_automation_runs: {
    args: readonly [endedBefore: Date, maxRows: number];
    row: { readonly value: string };
  };
  list_due_bulk_operations: { args: readonly [at: Date, maxRows: number]; row: DeviceIds };
  list_old_bulk_operations: { args: readonly [updatedBefore: Date, maxRows: number]; row: DeviceIds };
  purge_webhook_deliveries: {
    args: readonly [createdBefore: Date, maxRows: number];
    row: { readonly value: string };
  };
}

export type CrossTenantFunction = keyof CrossTenantFunctions;

/** All of them; a test compares this with the SECURITY DEFINER functions of the database. */
export const CROSS_TENANT_FUNCTIONS = [
  'find_token',
  'find_login_candidates',
  'find_invitation',
  'find_agency_by_creation_key',
  'find_agency_of_subaccount',
  'list_agency_ids',
  'list_devices_to_wake',
  'list_devices_to_adopt',
  'list_devices_with_due_messages',
  'find_waiting_work',
  'list_devices_with_dead_messages',
  'list_devices_with_inbox',
  'list_due_media',
  'purge_inbox',
  'purge_idempotency_keys',
  'trim_events',
  'list_streams_with_usage_news',
  'ensure_audit_partitions',
  'drop_audit_partitions',
  'ensure_message_partitions',
  'list_streams_with_news',
  'list_endpoints_with_due_deliveries',
  'purge_webhook_deliveries',
  'list_due_bulk_operations',
  'list_old_bulk_operations',
  'measure_backlog',
  'list_snoozed_conversations',
  'list_subaccounts_with_due_runs',
  'list_due_automation_watches',
  'purge_automation_runs',
  'list_streams_with_inbox_news',
] as const satisfies readonly CrossTenantFunction[];

/**
 * Functions of the owner that see the caller's tenant alone, by the predicate that they carry: what no index serves under a policy. They
 * return ids, which are then read under the policies.
 */
export const TENANT_FUNCTIONS = ['search_messages', 'search_contacts'] as const;

/** PostgreSQL names the only column of bare values after the function. */
const VALUE_COLUMN = 'value';

export async function callCrossTenantFunction<F extends CrossTenantFunction>(
  kysely: Kysely<unknown>,
  name: F,
  args: CrossTenantFunctions[F]['args'],
): Promise<CrossTenantFunctions[F]['row'][]> {
  const values = args.map((arg) => (Array.isArray(arg) ? `{${arg.join(',')}}` : arg));
  const call = sql`select * from ${sql.id(name)}(${sql.join(values)})`;
  const { rows } = await call.execute(kysely);
  return rows.map((row) => toRow(name, row as Record<string, unknown>) as CrossTenantFunctions[F]['row']);
}

function toRow(name: string, row: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(row).map(([column, value]) => [
      column === name ? VALUE_COLUMN : column.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase()),
      column.endsWith('_at') && typeof value === 'string' ? new Date(value) : value,
    ]),
  );
}

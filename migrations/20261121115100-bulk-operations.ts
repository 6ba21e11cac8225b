import { Migration } from '@mikro-orm/migrations';

/** Work on many contacts that goes on in the background: imports and exports. */
export class BulkOperations extends Migration {
  override up(): void {
    for (const statement of TABLES) this.addSql(statement);
    for (const table of ['bulk_operation', 'bulk_operation_error']) {
      this.addSql(`alter table ${table} enable row level security`);
      this.addSql(`alter table ${table} force row level security`);
      this.addSql(`create policy ${table}_tenant on ${table} using (${IN_SCOPE}) with check (${IN_SCOPE})`);
      this.addSql(`create policy ${table}_owner on ${table} to current_user using (true) with check (true)`);
    }
    for (const statement of FUNCTIONS) this.addSql(statement);
  }

  override down(): void {
    throw new Error('migrations only go forward; restore a backup instead');
  }
}

const IN_SCOPE = `agency_id = (select app_agency_id())
  and ((select app_all_subaccounts()) or subaccount_id = any ((select app_subaccount_ids())::uuid[]))`;

const TABLES = [
  // due_at says when a worker looks at it next; while one has it, that it may be taken over then.
  `create table bulk_operation (
     id uuid primary key,
     agency_id uuid not null,
     subaccount_id uuid not null,
     kind text not null check (kind in ('CONTACT_IMPORT', 'CONTACT_EXPORT')),
     status text not null check (status in ('AWAITING_FILE', 'PENDING', 'RUNNING', 'COMPLETED', 'CANCELED', 'FAILED')),
     options jsonb not null,
     file_key text,
     total integer,
     processed integer not null,
     created_count integer not null,
     updated_count integer not null,
     failed_count integer not null,
     failure text,
     run_id uuid,
     idle_runs integer not null,
     due_at timestamptz,
     created_by uuid,
     created_at timestamptz not null,
     updated_at timestamptz not null,
     finished_at timestamptz,
     unique (agency_id, subaccount_id, id),
     check (due_at is null or status in ('PENDING', 'RUNNING')),
     foreign key (agency_id, subaccount_id) references subaccount (agency_id, id),
     foreign key (agency_id, created_by) references app_user (agency_id, id)
   )`,
  `create index bulk_operation_list on bulk_operation (subaccount_id, id)`,
  `create index bulk_operation_due on bulk_operation (due_at) where due_at is not null`,
  `create index bulk_operation_age on bulk_operation (updated_at)`,
  `create table bulk_operation_error (
     operation_id uuid not null,
     row_number integer not null,
     agency_id uuid not null,
     subaccount_id uuid not null,
     message text not null,
     record jsonb not null,
     primary key (operation_id, row_number),
     foreign key (agency_id, subaccount_id, operation_id)
       references bulk_operation (agency_id, subaccount_id, id) on delete cascade
   )`,
];

const FUNCTIONS = [
  `create function list_due_bulk_operations(at timestamptz, max_rows integer)
     returns table (id uuid, agency_id uuid, subaccount_id uuid)
     language sql stable security definer set search_path = public, pg_temp as $$
     select o.id, o.agency_id, o.subaccount_id from bulk_operation o
     where o.due_at is not null and o.due_at <= at order by o.due_at limit max_rows $$`,
  `create function list_old_bulk_operations(updated_before timestamptz, max_rows integer)
     returns table (id uuid, agency_id uuid, subaccount_id uuid)
     language sql stable security definer set search_path = public, pg_temp as $$
     select o.id, o.agency_id, o.subaccount_id from bulk_operation o
     where o.updated_at < updated_before order by o.updated_at limit max_rows $$`,
];

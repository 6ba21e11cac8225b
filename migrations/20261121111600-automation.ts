import { Migration } from '@mikro-orm/migrations';

/**
 * Automation: rules of a subaccount, what they do and did for each event, and conversations whose silence is being waited for. A run keeps
 * the steps as they were when it began; its `due_at` says when a worker looks at it next, null that there is nothing left to do.
 */
export class Automation extends Migration {
  override up(): void {
    for (const statement of [...TABLES, ...INDEXES]) this.addSql(statement);
    for (const table of ['automation', 'automation_run', 'automation_run_step', 'automation_watch']) {
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
  `create table automation (
     id uuid primary key,
     agency_id uuid not null,
     subaccount_id uuid not null,
     name text not null,
     status text not null check (status in ('ENABLED', 'DISABLED')),
     position integer not null,
     trigger jsonb not null,
     conditions jsonb not null,
     steps jsonb not null,
     stops_others boolean not null,
     since_seq bigint not null,
     secret_version integer not null,
     version integer not null,
     created_at timestamptz not null,
     updated_at timestamptz not null,
     deleted_at timestamptz,
     unique (agency_id, subaccount_id, id),
     foreign key (agency_id, subaccount_id) references subaccount (agency_id, id)
   )`,
  // What a run is about is named without references: people and conversations merge, deals go, and what happened stays readable.
  `create table automation_run (
     id uuid primary key,
     agency_id uuid not null,
     subaccount_id uuid not null,
     automation_id uuid not null,
     event_id uuid not null,
     event_key text not null,
     trigger_kind text not null,
     depth integer not null,
     is_late boolean not null,
     subject_id uuid not null,
     contact_id uuid,
     conversation_id uuid,
     message_id uuid,
     deal_id uuid,
     trigger_device_id uuid,
     steps jsonb not null,
     next_step integer not null,
     status text not null check (status in ('RUNNING', 'WAITING', 'SUCCEEDED', 'FAILED', 'SKIPPED')),
     reason text,
     detail text,
     attempts integer not null,
     call_body text,
     due_at timestamptz,
     created_at timestamptz not null,
     ended_at timestamptz,
     unique (automation_id, event_key),
     unique (agency_id, subaccount_id, id),
     check ((due_at is null) = (ended_at is not null)),
     foreign key (agency_id, subaccount_id, automation_id) references automation (agency_id, subaccount_id, id)
   )`,
  `create table automation_run_step (
     run_id uuid not null,
     number integer not null,
     agency_id uuid not null,
     subaccount_id uuid not null,
     kind text not null,
     status text not null check (status in ('DONE', 'SKIPPED', 'FAILED')),
     reason text,
     detail text,
     attempts integer not null,
     message_id uuid,
     deal_id uuid,
     at timestamptz not null,
     primary key (run_id, number),
     foreign key (agency_id, subaccount_id, run_id)
       references automation_run (agency_id, subaccount_id, id) on delete cascade
   )`,
  `create table automation_watch (
     id uuid primary key,
     agency_id uuid not null,
     subaccount_id uuid not null,
     automation_id uuid not null,
     conversation_id uuid not null,
     event_id uuid not null,
     due_at timestamptz not null,
     unique (automation_id, conversation_id),
     foreign key (agency_id, subaccount_id, automation_id)
       references automation (agency_id, subaccount_id, id) on delete cascade
   )`,
];

const INDEXES = [
  `create index automation_list on automation (subaccount_id, position) where deleted_at is null`,
  `create index automation_run_list on automation_run (subaccount_id, id)`,
  `create index automation_run_rule on automation_run (automation_id, id)`,
  // How often a rule ran for somebody lately.
  `create index automation_run_subject on automation_run (subaccount_id, subject_id, created_at)`,
  `create index automation_run_contact on automation_run (contact_id) where contact_id is not null`,
  `create index automation_run_due on automation_run (subaccount_id, due_at) where due_at is not null`,
  `create index automation_run_created on automation_run (created_at)`,
  `create index automation_watch_due on automation_watch (due_at)`,
];

const FUNCTIONS = [
  `create function list_subaccounts_with_due_runs(at timestamptz, max_rows integer)
     returns table (id uuid, agency_id uuid)
     language sql stable security definer set search_path = public, pg_temp as $$
     select r.subaccount_id, r.agency_id from automation_run r where r.due_at <= at
     group by r.subaccount_id, r.agency_id limit max_rows $$`,
  `create function list_due_automation_watches(at timestamptz, max_rows integer)
     returns table (id uuid, agency_id uuid, subaccount_id uuid)
     language sql stable security definer set search_path = public, pg_temp as $$
     select w.id, w.agency_id, w.subaccount_id from automation_watch w where w.due_at <= at
     order by w.due_at limit max_rows $$`,
  `create function purge_automation_runs(ended_before timestamptz, max_rows integer) returns bigint
     language sql security definer set search_path = public, pg_temp as $$
     with old as (
       select r.id from automation_run r
       where r.created_at < ended_before and r.ended_at < ended_before limit max_rows
     ), gone as (delete from automation_run r using old where r.id = old.id returning 1)
     select count(*) from gone $$`,
];

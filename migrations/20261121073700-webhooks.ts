import { Migration } from '@mikro-orm/migrations';

/**
 * Webhooks: endpoints, what is to be delivered to them, and every try. A delivery holds its exact body, made once from the event log, so
 * that nothing is lost between database and queue and every try says the same. Its `due_at` says when a worker looks at it next; null that
 * there is nothing left to do. `tries` counts from the last replay on, `attempt_count` for ever.
 */
export class Webhooks extends Migration {
  override up(): void {
    for (const statement of [...TABLES, ...INDEXES]) this.addSql(statement);
    for (const table of ['webhook_endpoint', 'webhook_delivery', 'webhook_attempt']) this.#secure(table);
    for (const statement of FUNCTIONS) this.addSql(statement);
  }

  override down(): void {
    throw new Error('migrations only go forward; restore a backup instead');
  }

  /** Rows without a device are for callers of the whole subaccount. */
  #secure(table: string): void {
    const condition = `agency_id = (select app_agency_id())
      and ((select app_all_subaccounts()) or subaccount_id = any ((select app_subaccount_ids())::uuid[]))
      and ((select app_device_id()) is null or device_id = (select app_device_id()))`;
    this.addSql(`alter table ${table} enable row level security`);
    this.addSql(`alter table ${table} force row level security`);
    this.addSql(`create policy ${table}_tenant on ${table} using (${condition}) with check (${condition})`);
    this.addSql(`create policy ${table}_owner on ${table} to current_user using (true) with check (true)`);
  }
}

const TABLES = [
  `create table webhook_endpoint (
     id uuid primary key,
     agency_id uuid not null,
     subaccount_id uuid not null,
     device_id uuid,
     kind text not null check (kind in ('ENDPOINT', 'DEVICE')),
     url text not null,
     topics text[] not null,
     dialect text not null,
     status text not null check (status in ('ENABLED', 'DISABLED')),
     disabled_reason text,
     disabled_at timestamptz,
     failing_since timestamptz,
     last_success_at timestamptz,
     since_seq bigint not null,
     wrapped_key bytea not null,
     secret bytea not null,
     previous_secret bytea,
     previous_secret_until timestamptz,
     created_at timestamptz not null,
     updated_at timestamptz not null,
     deleted_at timestamptz,
     unique (agency_id, subaccount_id, id),
     check (kind = 'ENDPOINT' or device_id is not null),
     foreign key (agency_id, subaccount_id) references subaccount (agency_id, id),
     foreign key (agency_id, subaccount_id, device_id) references device (agency_id, subaccount_id, id)
   )`,
  `create table webhook_delivery (
     id uuid primary key,
     agency_id uuid not null,
     subaccount_id uuid not null,
     endpoint_id uuid not null,
     device_id uuid,
     event_id uuid not null,
     event_seq bigint,
     topic text not null,
     lane uuid,
     body text not null,
     status text not null check (status in ('PENDING', 'RETRYING', 'SUCCEEDED', 'FAILED')),
     due_at timestamptz,
     tries integer not null,
     attempt_count integer not null,
     last_status_code integer,
     last_error text,
     last_duration_ms integer,
     reply_to text,
     reply_message_id uuid,
     replay_id uuid,
     created_at timestamptz not null,
     ended_at timestamptz,
     unique (endpoint_id, event_id),
     unique (agency_id, subaccount_id, id),
     foreign key (agency_id, subaccount_id, endpoint_id) references webhook_endpoint (agency_id, subaccount_id, id)
   )`,
  `create table webhook_attempt (
     delivery_id uuid not null,
     number integer not null,
     agency_id uuid not null,
     subaccount_id uuid not null,
     device_id uuid,
     started_at timestamptz not null,
     duration_ms integer not null,
     status_code integer,
     error text,
     response text,
     primary key (delivery_id, number),
     foreign key (agency_id, subaccount_id, delivery_id)
       references webhook_delivery (agency_id, subaccount_id, id) on delete cascade
   )`,
];

const INDEXES = [
  `create unique index webhook_endpoint_device on webhook_endpoint (device_id)
     where kind = 'DEVICE' and deleted_at is null`,
  `create index webhook_endpoint_list on webhook_endpoint (subaccount_id, id) where deleted_at is null`,
  `create index webhook_delivery_endpoint on webhook_delivery (endpoint_id, id)`,
  `create index webhook_delivery_subaccount on webhook_delivery (subaccount_id, id)`,
  `create index webhook_delivery_due on webhook_delivery (endpoint_id, due_at) where due_at is not null`,
  // Whether an earlier event of the same conversation still waits for its first try.
  `create index webhook_delivery_lane on webhook_delivery (endpoint_id, lane, event_seq)
     where due_at is not null and tries = 0`,
  `create index webhook_delivery_replay on webhook_delivery (replay_id) where replay_id is not null`,
  `create index webhook_delivery_created on webhook_delivery (created_at)`,
];

const FUNCTIONS = [
  // Streams with events that the webhook reader has not looked at. The stream of a subaccount has its id.
  `create function list_streams_with_webhook_news(max_rows integer) returns table (id uuid, agency_id uuid)
     language sql stable security definer set search_path = public, pg_temp as $$
     select s.id, s.agency_id from event_reader r join event_stream s on s.id = r.stream_id
     where r.name = 'webhook' and s.last_seq > r.seq limit max_rows $$`,
  `create function list_endpoints_with_due_deliveries(at timestamptz, max_rows integer)
     returns table (id uuid, agency_id uuid, subaccount_id uuid)
     language sql stable security definer set search_path = public, pg_temp as $$
     select e.id, e.agency_id, e.subaccount_id from webhook_endpoint e
     where e.status = 'ENABLED' and e.deleted_at is null and exists (
       select 1 from webhook_delivery d where d.endpoint_id = e.id and d.due_at is not null and d.due_at <= at
     ) limit max_rows $$`,
  `create function purge_webhook_deliveries(created_before timestamptz, max_rows integer) returns bigint
     language sql security definer set search_path = public, pg_temp as $$
     with old as (
       select d.ctid from webhook_delivery d where d.created_at < created_before limit max_rows
     ), gone as (delete from webhook_delivery d using old where d.ctid = old.ctid returning 1)
     select count(*) from gone $$`,
];

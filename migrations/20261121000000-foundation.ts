import { Migration } from '@mikro-orm/migrations';

/**
 * The foundation. Row-level security is forced on every table that holds a tenant's rows:
 *
 * - `app.agency_id`, `app.subaccounts` (`*` or `{uuid,…}`) and `app.device_id` are transaction-local settings made from the caller's scope;
 *   unset means no rows.
 * - The owner (whoever runs migrations) is let through by a policy of its own, so that the listed SECURITY DEFINER functions,
 *   which return ids only, can look across tenants.
 * - References between tenant tables are composite, because foreign keys ignore row-level security. The agency is part of
 *   them: an agency-wide scope is not confined to a list of subaccounts.
 * - Status columns are `text`: enum comparisons are not leakproof, so they could not use an index under a policy.
 */
export class Foundation extends Migration {
  override up(): void {
    for (const statement of [
      ...SCOPE,
      ...TENANCY,
      ...IDENTITY,
      ...DEVICE,
      ...CONTACT,
      ...MESSAGING,
      ...EVENTS,
      ...SYSTEM,
    ]) {
      this.addSql(statement);
    }
    for (const table of SUBACCOUNT_TABLES)
      this.#secure(table, `agency_id = (select app_agency_id()) and ${IN_SCOPE}`);
    for (const table of DEVICE_TABLES) {
      this.#secure(
        table,
        `agency_id = (select app_agency_id()) and ${IN_SCOPE} and ${ofDevice('device_id')}`,
      );
    }
    this.#secure('device', `agency_id = (select app_agency_id()) and ${IN_SCOPE} and ${ofDevice('id')}`);
    this.#secure(
      'subaccount',
      `agency_id = (select app_agency_id()) and ${IN_SCOPE.replace('subaccount_id', 'id')}`,
    );
    this.#secure('agency', 'id = (select app_agency_id())');
    for (const table of AGENCY_TABLES) this.#secure(table, 'agency_id = (select app_agency_id())');
    for (const statement of FUNCTIONS) this.addSql(statement);
    this.addSql(`select ensure_message_partitions(now())`);
  }

  override down(): void {
    throw new Error('migrations only go forward; restore a backup instead');
  }

  #secure(table: string, condition: string): void {
    this.addSql(`alter table ${table} enable row level security`);
    this.addSql(`alter table ${table} force row level security`);
    this.addSql(`create policy ${table}_tenant on ${table} using (${condition}) with check (${condition})`);
    this.addSql(`create policy ${table}_owner on ${table} to current_user using (true) with check (true)`);
  }
}

const IN_SCOPE =
  '((select app_all_subaccounts()) or subaccount_id = any ((select app_subaccount_ids())::uuid[]))';
const ofDevice = (column: string): string =>
  `((select app_device_id()) is null or ${column} = (select app_device_id()))`;

/** Rows of one subaccount. `subaccount_id` null (an agency's own key, an event of the agency) needs agency-wide scope. */
const SUBACCOUNT_TABLES = ['api_key', 'contact', 'contact_identity', 'event', 'idempotency_key'];
/** Rows of one device. */
const DEVICE_TABLES = [
  'device_token',
  'device_secret',
  'signal_key',
  'pairing',
  'active_number',
  'conversation',
  'message',
  'message_key',
  'message_attempt',
  'message_media',
  'inbox',
];
const AGENCY_TABLES = ['app_user', 'membership', 'membership_subaccount', 'login_session', 'event_stream'];

const SCOPE = [
  `create function app_agency_id() returns uuid language sql stable parallel safe
     as $$ select nullif(current_setting('app.agency_id', true), '')::uuid $$`,
  `create function app_all_subaccounts() returns boolean language sql stable parallel safe
     as $$ select coalesce(current_setting('app.subaccounts', true), '') = '*' $$`,
  `create function app_subaccount_ids() returns uuid[] language sql stable parallel safe
     as $$ select case when coalesce(current_setting('app.subaccounts', true), '') in ('', '*') then '{}'::uuid[]
                       else current_setting('app.subaccounts', true)::uuid[] end $$`,
  `create function app_device_id() returns uuid language sql stable parallel safe
     as $$ select nullif(current_setting('app.device_id', true), '')::uuid $$`,
];

const TENANCY = [
  `create table agency (
     id uuid primary key,
     name text not null,
     creation_key text unique,
     creation_hash bytea,
     created_at timestamptz not null
   )`,
  `create table subaccount (
     id uuid primary key,
     agency_id uuid not null references agency (id),
     name text not null,
     timezone text not null,
     require_business_account boolean not null,
     created_at timestamptz not null,
     unique (agency_id, id)
   )`,
];

const IDENTITY = [
  `create table app_user (
     id uuid primary key,
     agency_id uuid not null references agency (id),
     email text not null,
     password_hash text not null,
     created_at timestamptz not null,
     unique (agency_id, id)
   )`,
  `create unique index app_user_email on app_user (agency_id, lower(email))`,
  `create index app_user_login on app_user (lower(email))`,
  `create table membership (
     id uuid primary key,
     agency_id uuid not null,
     user_id uuid not null unique,
     role text not null check (role in ('AGENCY_OWNER', 'AGENCY_ADMIN', 'SUBACCOUNT_ADMIN', 'AGENT', 'VIEWER')),
     created_at timestamptz not null,
     unique (agency_id, id),
     foreign key (agency_id, user_id) references app_user (agency_id, id)
   )`,
  `create table membership_subaccount (
     agency_id uuid not null,
     membership_id uuid not null,
     subaccount_id uuid not null,
     primary key (membership_id, subaccount_id),
     foreign key (agency_id, membership_id) references membership (agency_id, id),
     foreign key (agency_id, subaccount_id) references subaccount (agency_id, id)
   )`,
  `create table login_session (
     id uuid primary key,
     agency_id uuid not null,
     user_id uuid not null,
     token_hash bytea not null unique,
     created_at timestamptz not null,
     expires_at timestamptz not null,
     last_used_at timestamptz,
     revoked_at timestamptz,
     foreign key (agency_id, user_id) references app_user (agency_id, id)
   )`,
  `create index login_session_user on login_session (user_id)`,
  `create table api_key (
     id uuid primary key,
     agency_id uuid not null references agency (id),
     subaccount_id uuid,
     name text not null,
     scopes text[] not null,
     token_hash bytea not null unique,
     last_four text not null,
     created_at timestamptz not null,
     expires_at timestamptz,
     last_used_at timestamptz,
     revoked_at timestamptz,
     foreign key (agency_id, subaccount_id) references subaccount (agency_id, id)
   )`,
  `create index api_key_agency on api_key (agency_id, id)`,
];

const DEVICE = [
  // link, connection and administration are the stored facts; status is their total function, kept for filtering.
  `create table device (
     id uuid primary key,
     agency_id uuid not null,
     subaccount_id uuid not null,
     label text not null,
     priority integer not null,
     shard smallint not null check (shard between 0 and 255),
     link text not null,
     connection text not null,
     suspended boolean not null,
     suspend_reason text,
     status text not null,
     status_changed_at timestamptz not null,
     phone_number text,
     lid text,
     platform text,
     business boolean,
     profile_name text,
     reject_reason text,
     wake_at timestamptz,
     connect_attempts integer not null,
     connected_since timestamptz,
     last_connected_at timestamptz,
     last_close_at timestamptz,
     last_close_reason text,
     last_close_detail text,
     reachout_locked_until timestamptz,
     send_policy jsonb not null default '{}',
     sends_held_until timestamptz,
     sends_held_for text,
     new_chats_held_until timestamptz,
     number_since timestamptz,
     paired_at timestamptz,
     created_at timestamptz not null,
     deleted_at timestamptz,
     unique (agency_id, subaccount_id, id),
     foreign key (agency_id, subaccount_id) references subaccount (agency_id, id)
   )`,
  `create index device_list on device (subaccount_id, id) where deleted_at is null`,
  `create index device_wake on device (shard, wake_at) where wake_at is not null`,
  `create index device_linked on device (shard, id) where link in ('PAIRED', 'PAIRING')`,
  `create table device_token (
     id uuid primary key,
     agency_id uuid not null,
     subaccount_id uuid not null,
     device_id uuid not null,
     token_hash bytea not null unique,
     last_four text not null,
     created_at timestamptz not null,
     expires_at timestamptz,
     last_used_at timestamptz,
     revoked_at timestamptz,
     foreign key (agency_id, subaccount_id, device_id) references device (agency_id, subaccount_id, id)
   )`,
  `create index device_token_device on device_token (device_id)`,
  // The device's data key, wrapped by the master key, and its WhatsApp credentials sealed with it.
  `create table device_secret (
     device_id uuid primary key,
     agency_id uuid not null,
     subaccount_id uuid not null,
     wrapped_key bytea not null,
     credentials bytea,
     foreign key (agency_id, subaccount_id, device_id) references device (agency_id, subaccount_id, id)
   )`,
  `create table signal_key (
     device_id uuid not null,
     type text not null,
     key_id text not null,
     agency_id uuid not null,
     subaccount_id uuid not null,
     value bytea not null,
     primary key (device_id, type, key_id),
     foreign key (agency_id, subaccount_id, device_id) references device (agency_id, subaccount_id, id)
   ) with (fillfactor = 70)`,
  `create table pairing (
     device_id uuid primary key,
     id uuid not null,
     agency_id uuid not null,
     subaccount_id uuid not null,
     method text not null check (method in ('QR', 'PHONE_CODE')),
     state text not null check (state in ('STARTING', 'WAITING_FOR_SCAN', 'SUCCEEDED', 'EXPIRED', 'FAILED', 'CANCELED')),
     phone_number text,
     secret bytea,
     expires_at timestamptz,
     attempt integer not null,
     failure text,
     started_at timestamptz not null,
     deadline_at timestamptz not null,
     updated_at timestamptz not null,
     foreign key (agency_id, subaccount_id, device_id) references device (agency_id, subaccount_id, id)
   )`,
  // A number is live once in the whole installation. Its primary key is the only one that sees all tenants.
  `create table active_number (
     phone_number text primary key,
     agency_id uuid not null,
     subaccount_id uuid not null,
     device_id uuid not null unique,
     claimed_at timestamptz not null,
     foreign key (agency_id, subaccount_id, device_id) references device (agency_id, subaccount_id, id)
   )`,
];

const CONTACT = [
  `create table contact (
     id uuid primary key,
     agency_id uuid not null,
     subaccount_id uuid not null,
     name text,
     push_name text,
     phone_number text,
     created_at timestamptz not null,
     updated_at timestamptz not null,
     unique (agency_id, subaccount_id, id),
     foreign key (agency_id, subaccount_id) references subaccount (agency_id, id)
   )`,
  `create table contact_identity (
     subaccount_id uuid not null,
     kind text not null check (kind in ('PHONE', 'LID')),
     value text not null,
     agency_id uuid not null,
     contact_id uuid not null,
     primary key (subaccount_id, kind, value),
     foreign key (agency_id, subaccount_id, contact_id) references contact (agency_id, subaccount_id, id)
   )`,
  `create index contact_identity_contact on contact_identity (contact_id)`,
];

const MESSAGING = [
  `create table conversation (
     id uuid primary key,
     agency_id uuid not null,
     subaccount_id uuid not null,
     device_id uuid not null,
     kind text not null check (kind in ('DIRECT', 'GROUP')),
     contact_id uuid,
     provider_address text,
     subject text,
     status text not null,
     unread_count integer not null,
     last_message_at timestamptz not null,
     first_inbound_at timestamptz,
     reached_out_at timestamptz,
     created_at timestamptz not null,
     unique (agency_id, subaccount_id, id),
     check ((kind = 'DIRECT') = (contact_id is not null)),
     check ((kind = 'GROUP') = (provider_address is not null)),
     foreign key (agency_id, subaccount_id, device_id) references device (agency_id, subaccount_id, id),
     foreign key (agency_id, subaccount_id, contact_id) references contact (agency_id, subaccount_id, id)
   )`,
  `create unique index conversation_direct on conversation (device_id, contact_id) where kind = 'DIRECT'`,
  `create unique index conversation_group on conversation (device_id, provider_address) where kind = 'GROUP'`,
  `create index conversation_list on conversation (subaccount_id, last_message_at, id)`,
  `create index conversation_contact on conversation (contact_id)`,
  // How many new chats a device started lately.
  `create index conversation_reached_out on conversation (device_id, reached_out_at) where reached_out_at is not null`,
  // Partitioned by its UUIDv7 id, which is time. The message table is the outbox: due_at says when a drain looks at it next.
  `create table message (
     id uuid not null,
     agency_id uuid not null,
     subaccount_id uuid not null,
     device_id uuid not null,
     conversation_id uuid not null,
     shard smallint not null,
     direction text not null check (direction in ('INBOUND', 'OUTBOUND')),
     kind text not null,
     status text not null,
     text text,
     recipient text,
     sender text,
     whatsapp_id text,
     content bytea,
     priority smallint not null,
     due_at timestamptz,
     scheduled_at timestamptz,
     expires_at timestamptz,
     retry_interval_seconds integer,
     max_attempts smallint,
     attempt_count integer not null,
     claim_epoch bigint,
     written boolean not null,
     outcome_unknown boolean not null,
     failure_code text,
     failure_detail text,
     caught_up boolean not null,
     edited_at timestamptz,
     deleted_at timestamptz,
     retry_of uuid,
     target_id uuid,
     created_at timestamptz not null,
     sent_at timestamptz,
     delivered_at timestamptz,
     read_at timestamptz,
     played_at timestamptz,
     primary key (id),
     unique (agency_id, subaccount_id, id),
     foreign key (agency_id, subaccount_id, device_id) references device (agency_id, subaccount_id, id),
     foreign key (agency_id, subaccount_id, conversation_id) references conversation (agency_id, subaccount_id, id)
   ) partition by range (id)`,
  `create index message_conversation on message (conversation_id, id)`,
  `create index message_device on message (device_id, id)`,
  `create index message_queue on message (device_id, priority, id) where due_at is not null`,
  `create index message_due on message (shard, due_at) where due_at is not null`,
  // Order per recipient: whether an earlier message of the conversation is still in the outbox.
  `create index message_outbox on message (conversation_id, id) where due_at is not null`,
  `create index message_expiry on message (expires_at) where due_at is not null and expires_at is not null`,
  // Hash-partitioned beside it, because a unique key of the range-partitioned table would have to contain the id.
  `create table message_key (
     device_id uuid not null,
     whatsapp_id text not null,
     direction text not null,
     conversation_id uuid not null,
     agency_id uuid not null,
     subaccount_id uuid not null,
     message_id uuid not null,
     primary key (device_id, whatsapp_id, direction, conversation_id),
     foreign key (agency_id, subaccount_id, device_id) references device (agency_id, subaccount_id, id)
   ) partition by hash (device_id)`,
  ...[0, 1, 2, 3, 4, 5, 6, 7].map(
    (part) =>
      `create table message_key_${part} partition of message_key for values with (modulus 8, remainder ${part})`,
  ),
  `create table message_attempt (
     message_id uuid not null,
     number integer not null,
     agency_id uuid not null,
     subaccount_id uuid not null,
     device_id uuid not null,
     epoch bigint not null,
     node text not null,
     outcome text not null,
     error_code integer,
     started_at timestamptz not null,
     written_at timestamptz,
     ended_at timestamptz,
     primary key (message_id, number),
     foreign key (agency_id, subaccount_id, message_id) references message (agency_id, subaccount_id, id)
   )`,
  // What a device wrote to the wire lately: its caps are counted here.
  `create index message_attempt_written on message_attempt (device_id, written_at) where written_at is not null`,
  `create table message_media (
     message_id uuid primary key,
     agency_id uuid not null,
     subaccount_id uuid not null,
     device_id uuid not null,
     type text not null,
     state text not null check (state in ('PENDING', 'AVAILABLE', 'FAILED')),
     source_url text,
     storage_key text,
     mime_type text,
     size_bytes bigint,
     sha256 text,
     file_name text,
     attempt_count integer not null,
     due_at timestamptz,
     failure text,
     foreign key (agency_id, subaccount_id, message_id) references message (agency_id, subaccount_id, id)
   )`,
  `create index message_media_due on message_media (due_at) where due_at is not null`,
  `create table inbox (
     device_id uuid not null,
     whatsapp_id text not null,
     chat text not null,
     participant text not null,
     from_me boolean not null,
     id uuid not null,
     agency_id uuid not null,
     subaccount_id uuid not null,
     content bytea,
     envelope jsonb not null,
     received_at timestamptz not null,
     due_at timestamptz,
     attempt_count integer not null,
     failure text,
     primary key (device_id, whatsapp_id, chat, participant, from_me),
     foreign key (agency_id, subaccount_id, device_id) references device (agency_id, subaccount_id, id)
   )`,
  `create index inbox_due on inbox (device_id, id) where due_at is not null`,
  `create index inbox_received on inbox (received_at)`,
];

const EVENTS = [
  // The counter is taken last in a transaction, under its row lock: a stream is gap-free in commit order.
  `create table event_stream (
     id uuid primary key,
     agency_id uuid not null references agency (id),
     last_seq bigint not null,
     first_seq bigint not null
   )`,
  `create table event (
     stream_id uuid not null,
     seq bigint not null,
     agency_id uuid not null,
     subaccount_id uuid,
     topic text not null,
     payload jsonb not null,
     occurred_at timestamptz not null,
     primary key (stream_id, seq),
     foreign key (agency_id, subaccount_id) references subaccount (agency_id, id)
   )`,
  `create index event_occurred on event (occurred_at)`,
  `create table event_reader (
     name text not null,
     stream_id uuid not null,
     seq bigint not null,
     updated_at timestamptz not null,
     primary key (name, stream_id)
   )`,
];

const SYSTEM = [
  `create table idempotency_key (
     scope_id uuid not null,
     key text not null,
     agency_id uuid not null,
     subaccount_id uuid,
     operation text not null,
     request_hash bytea not null,
     resource_id uuid not null,
     created_at timestamptz not null,
     primary key (scope_id, key),
     foreign key (agency_id, subaccount_id) references subaccount (agency_id, id)
   )`,
  `create index idempotency_key_created on idempotency_key (created_at)`,
  `create table installation (
     id smallint primary key check (id = 1),
     master_key_check text not null,
     created_at timestamptz not null
   )`,
  // The second key makes taking a shard over wait for transactions that hold its epoch "for key share", while renewing it does not.
  `create table shard_lease (
     shard smallint primary key check (shard between 0 and 255),
     owner text,
     epoch bigint not null,
     expires_at timestamptz not null,
     unique (shard, epoch)
   )`,
  `insert into shard_lease (shard, owner, epoch, expires_at) select n, null, 0, '-infinity' from generate_series(0, 255) n`,
  `create table process (
     name text primary key,
     roles text[] not null,
     started_at timestamptz not null,
     heartbeat_at timestamptz not null
   )`,
];

const definer = (signature: string, returns: string, body: string): string =>
  `create function ${signature} returns ${returns} language sql stable security definer set search_path = public, pg_temp as $$ ${body} $$`;

/** What looks across tenants. Each returns ids (and what decides whether they are valid) and nothing else. */
const FUNCTIONS = [
  definer(
    'find_token(hash bytea)',
    'table (kind text, id uuid, agency_id uuid, subaccount_id uuid, device_id uuid, user_id uuid, expires_at timestamptz, revoked_at timestamptz)',
    `select 'session', s.id, s.agency_id, null::uuid, null::uuid, s.user_id, s.expires_at, s.revoked_at from login_session s where s.token_hash = hash
     union all
     select 'api_key', k.id, k.agency_id, k.subaccount_id, null, null, k.expires_at, k.revoked_at from api_key k where k.token_hash = hash
     union all
     select 'device_token', t.id, t.agency_id, t.subaccount_id, t.device_id, null, t.expires_at, t.revoked_at from device_token t where t.token_hash = hash`,
  ),
  definer(
    'find_login_candidates(address text)',
    'table (id uuid, agency_id uuid)',
    'select u.id, u.agency_id from app_user u where lower(u.email) = lower(address) order by u.id limit 5',
  ),
  definer(
    'find_agency_by_creation_key(key text)',
    'table (id uuid, creation_hash bytea)',
    'select a.id, a.creation_hash from agency a where a.creation_key = key',
  ),
  definer(
    'find_agency_of_subaccount(subaccount uuid)',
    'uuid',
    'select s.agency_id from subaccount s where s.id = subaccount',
  ),
  definer(
    'list_agency_ids(after_id uuid, max_rows integer)',
    'setof uuid',
    'select a.id from agency a where after_id is null or a.id > after_id order by a.id limit max_rows',
  ),
  definer(
    'list_devices_to_wake(shards smallint[], at timestamptz, max_rows integer)',
    'table (id uuid, agency_id uuid, subaccount_id uuid)',
    `select d.id, d.agency_id, d.subaccount_id from device d
     where d.shard = any (shards) and d.wake_at is not null and d.wake_at <= at order by d.wake_at limit max_rows`,
  ),
  // What a new owner of shards connects: backed-off devices keep their time and come through list_devices_to_wake.
  definer(
    'list_devices_to_adopt(shards smallint[], after_id uuid, max_rows integer)',
    'table (id uuid, agency_id uuid, subaccount_id uuid)',
    `select d.id, d.agency_id, d.subaccount_id from device d
     where d.shard = any (shards) and d.link in ('PAIRED', 'PAIRING') and d.connection <> 'BACKOFF' and not d.suspended
       and (after_id is null or d.id > after_id) order by d.id limit max_rows`,
  ),
  definer(
    'list_devices_with_due_messages(shards smallint[], at timestamptz, max_rows integer)',
    'table (id uuid, agency_id uuid, subaccount_id uuid)',
    `select distinct m.device_id, m.agency_id, m.subaccount_id from message m join device d on d.id = m.device_id
     where m.shard = any (shards) and m.due_at is not null and m.due_at <= at
       and (d.sends_held_until is null or d.sends_held_until <= at) limit max_rows`,
  ),
  // Messages that can never leave: expired, or of a device that is banned or deleted.
  definer(
    'list_devices_with_dead_messages(at timestamptz, max_rows integer)',
    'table (id uuid, agency_id uuid, subaccount_id uuid)',
    `(select m.device_id, m.agency_id, m.subaccount_id from message m
      where m.due_at is not null and m.expires_at <= at limit max_rows)
     union
     (select m.device_id, m.agency_id, m.subaccount_id
      from device d join message m on m.device_id = d.id and m.due_at is not null
      where d.link = 'BANNED' or d.deleted_at is not null limit max_rows)`,
  ),
  definer(
    'list_devices_with_inbox(at timestamptz, max_rows integer)',
    'table (id uuid, agency_id uuid, subaccount_id uuid)',
    `select distinct i.device_id, i.agency_id, i.subaccount_id from inbox i
     where i.due_at is not null and i.due_at <= at limit max_rows`,
  ),
  definer(
    'list_due_media(at timestamptz, max_rows integer)',
    'table (id uuid, agency_id uuid, subaccount_id uuid)',
    `select m.message_id, m.agency_id, m.subaccount_id from message_media m
     where m.due_at is not null and m.due_at <= at order by m.due_at limit max_rows`,
  ),
  // Inbox rows are kept for redeliveries and retry receipts, then dropped; what still waits stays.
  `create function purge_inbox(received_before timestamptz, max_rows integer) returns bigint language sql security definer
     set search_path = public, pg_temp as $$
     with old as (
       select i.ctid from inbox i where i.received_at < received_before and i.due_at is null limit max_rows
     ), gone as (delete from inbox i using old where i.ctid = old.ctid returning 1)
     select count(*) from gone $$`,
  `create function purge_idempotency_keys(created_before timestamptz, max_rows integer) returns bigint language sql security definer
     set search_path = public, pg_temp as $$
     with old as (select k.ctid from idempotency_key k where k.created_at < created_before limit max_rows),
          gone as (delete from idempotency_key k using old where k.ctid = old.ctid returning 1)
     select count(*) from gone $$`,
  // Retention of the event log, a bounded step at a time. What a reader with a stored cursor has not passed yet stays.
  `create function trim_events(occurred_before timestamptz, max_events bigint, max_rows integer) returns bigint
     language sql security definer set search_path = public, pg_temp as $$
     with kept as (
       select s.id, coalesce(min(r.seq), s.last_seq) as read_seq, s.last_seq - max_events as excess_seq
       from event_stream s left join event_reader r on r.stream_id = s.id
       where s.last_seq >= s.first_seq group by s.id
     ), old as (
       select e.ctid, e.stream_id, e.seq from kept k
       join lateral (
         select e.ctid, e.stream_id, e.seq from event e
         where e.stream_id = k.id and e.seq <= k.read_seq
           and (e.seq <= k.excess_seq or e.occurred_at < occurred_before)
         order by e.seq limit max_rows
       ) e on true limit max_rows
     ), gone as (
       delete from event e using old where e.ctid = old.ctid returning e.stream_id, e.seq
     ), moved as (
       update event_stream s set first_seq = g.seq + 1
       from (select stream_id, max(seq) as seq from gone group by stream_id) g where s.id = g.stream_id
     )
     select count(*) from gone $$`,
  // The first instant of a month as the smallest UUIDv7 of that instant.
  `create function message_partition_bound(at timestamptz) returns uuid language sql immutable
     as $$ select (rpad(lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0'), 32, '0'))::uuid $$`,
  // Last month to three months ahead of `at`; run at every migration and daily.
  `create function ensure_message_partitions(at timestamptz) returns void language plpgsql security definer
     set search_path = public, pg_temp set timezone = 'UTC' as $$
   declare
     month timestamptz;
     name text;
   begin
     for offset_months in -1..3 loop
       month := date_trunc('month', at) + make_interval(months => offset_months);
       name := 'message_' || to_char(month, 'YYYYMM');
       if to_regclass('public.' || name) is null then
         execute format('create table %I partition of message for values from (%L) to (%L)',
           name, message_partition_bound(month), message_partition_bound(month + interval '1 month'));
       end if;
     end loop;
   end $$`,
  `create function message_rank(status text) returns integer language sql immutable parallel safe
     as $$ select case status when 'SCHEDULED' then 0 when 'PENDING' then 1 when 'SENDING' then 2 when 'SENT' then 3
                              when 'DELIVERED' then 4 when 'READ' then 5 when 'PLAYED' then 6 else 0 end $$`,
];

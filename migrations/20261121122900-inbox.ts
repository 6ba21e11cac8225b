import { Migration } from '@mikro-orm/migrations';

/** What colleagues tell each other about conversations, the views that they keep, how an inbox works, and how long people waited. */
export class Inbox extends Migration {
  override up(): void {
    for (const statement of TABLES) this.addSql(statement);
    for (const table of OF_DEVICES) this.#protect(table, `${IN_SCOPE} and ${OF_DEVICE}`);
    for (const table of OF_SUBACCOUNTS) this.#protect(table, IN_SCOPE);
    for (const statement of READER) this.addSql(statement);
  }

  override down(): void {
    throw new Error('migrations only go forward; restore a backup instead');
  }

  #protect(table: string, condition: string): void {
    this.addSql(`alter table ${table} enable row level security`);
    this.addSql(`alter table ${table} force row level security`);
    this.addSql(`create policy ${table}_tenant on ${table} using (${condition}) with check (${condition})`);
    this.addSql(`create policy ${table}_owner on ${table} to current_user using (true) with check (true)`);
  }
}

const IN_SCOPE = `agency_id = (select app_agency_id())
  and ((select app_all_subaccounts()) or subaccount_id = any ((select app_subaccount_ids())::uuid[]))`;
const OF_DEVICE = '((select app_device_id()) is null or device_id = (select app_device_id()))';

const OF_DEVICES = ['conversation_note', 'conversation_mention', 'conversation_handling', 'away_reply'];
const OF_SUBACCOUNTS = ['conversation_view', 'inbox_settings', 'assignee_turn'];

const CONVERSATION = `foreign key (agency_id, subaccount_id, conversation_id)
       references conversation (agency_id, subaccount_id, id) on delete cascade`;

const TABLES = [
  `create table conversation_note (
     id uuid primary key,
     agency_id uuid not null,
     subaccount_id uuid not null,
     device_id uuid not null,
     conversation_id uuid not null,
     author_id uuid,
     text text not null,
     created_at timestamptz not null,
     unique (agency_id, subaccount_id, id),
     ${CONVERSATION},
     foreign key (agency_id, author_id) references app_user (agency_id, id)
   )`,
  `create index conversation_note_list on conversation_note (conversation_id, id)`,
  `create table conversation_mention (
     note_id uuid not null,
     user_id uuid not null,
     conversation_id uuid not null,
     agency_id uuid not null,
     subaccount_id uuid not null,
     device_id uuid not null,
     primary key (note_id, user_id),
     foreign key (agency_id, subaccount_id, note_id) references conversation_note (agency_id, subaccount_id, id) on delete cascade,
     foreign key (agency_id, user_id) references app_user (agency_id, id)
   )`,
  `create index conversation_mention_user on conversation_mention (user_id, conversation_id)`,
  // Without an owner it is everybody's.
  `create table conversation_view (
     id uuid primary key,
     agency_id uuid not null,
     subaccount_id uuid not null,
     owner_id uuid,
     name text not null,
     filter jsonb not null,
     created_at timestamptz not null,
     updated_at timestamptz not null,
     unique (agency_id, subaccount_id, id),
     foreign key (agency_id, subaccount_id) references subaccount (agency_id, id),
     foreign key (agency_id, owner_id) references app_user (agency_id, id) on delete cascade
   )`,
  `create index conversation_view_list on conversation_view (subaccount_id, id)`,
  `create table inbox_settings (
     subaccount_id uuid primary key,
     agency_id uuid not null,
     working_hours jsonb not null,
     closed_on jsonb not null,
     away_message text,
     assignment_rules jsonb not null,
     version integer not null,
     updated_at timestamptz not null,
     foreign key (agency_id, subaccount_id) references subaccount (agency_id, id)
   )`,
  // When somebody was last given a conversation by a rule: whose turn it is.
  `create table assignee_turn (
     subaccount_id uuid not null,
     user_id uuid not null,
     agency_id uuid not null,
     assigned_at timestamptz not null,
     primary key (subaccount_id, user_id),
     foreign key (agency_id, subaccount_id) references subaccount (agency_id, id),
     foreign key (agency_id, user_id) references app_user (agency_id, id) on delete cascade
   )`,
  // The last absence that the person was told of; without a message it could not be sent.
  `create table away_reply (
     conversation_id uuid primary key,
     back_at text not null,
     agency_id uuid not null,
     subaccount_id uuid not null,
     device_id uuid not null,
     message_id uuid,
     replied_at timestamptz not null,
     ${CONVERSATION}
   )`,
  // How busy somebody is.
  `create index conversation_busy on conversation (subaccount_id, assignee_id) where status = 'OPEN' and assignee_id is not null`,
  `create table conversation_handling (
     id uuid primary key,
     agency_id uuid not null,
     subaccount_id uuid not null,
     device_id uuid not null,
     conversation_id uuid not null,
     opened_at timestamptz not null,
     first_response_at timestamptz,
     responder_id uuid,
     closed_at timestamptz,
     closer_id uuid,
     ${CONVERSATION}
   )`,
  `create unique index conversation_handling_open on conversation_handling (conversation_id) where closed_at is null`,
  `create index conversation_handling_list on conversation_handling (conversation_id, id)`,
  `create index conversation_handling_time on conversation_handling (subaccount_id, opened_at)`,
];

const READER = [
  // What happened before there was a reader is not read any more: nobody's waiting was measured then.
  `insert into event_reader (name, stream_id, seq, updated_at)
     select 'inbox', s.id, s.last_seq, now() from event_stream s join subaccount a on a.id = s.id`,
  `create function list_streams_with_inbox_news(max_rows integer) returns table (id uuid, agency_id uuid)
     language sql stable security definer set search_path = public, pg_temp as $$
     select s.id, s.agency_id from event_stream s join subaccount a on a.id = s.id
     left join event_reader r on r.name = 'inbox' and r.stream_id = s.id
     where s.last_seq > coalesce(r.seq, 0) limit max_rows $$`,
];

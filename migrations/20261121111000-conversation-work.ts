import { Migration } from '@mikro-orm/migrations';

/** Who works on a conversation, how far it is, what it is about, and what each person has read of it. */
export class ConversationWork extends Migration {
  override up(): void {
    for (const statement of CONVERSATION) this.addSql(statement);
    for (const statement of TABLES) this.addSql(statement);
    for (const table of ['conversation_label', 'conversation_read']) {
      this.addSql(`alter table ${table} enable row level security`);
      this.addSql(`alter table ${table} force row level security`);
      this.addSql(`create policy ${table}_tenant on ${table} using (${IN_SCOPE}) with check (${IN_SCOPE})`);
      this.addSql(`create policy ${table}_owner on ${table} to current_user using (true) with check (true)`);
    }
    this.addSql(SNOOZED);
  }

  override down(): void {
    throw new Error('migrations only go forward; restore a backup instead');
  }
}

const IN_SCOPE = `agency_id = (select app_agency_id())
  and ((select app_all_subaccounts()) or subaccount_id = any ((select app_subaccount_ids())::uuid[]))
  and ((select app_device_id()) is null or device_id = (select app_device_id()))`;

const CONVERSATION = [
  // woken_from is written with each message: PostgreSQL before 18 cannot tell what an upsert found.
  `alter table conversation
     add column version integer not null default 1,
     add column snoozed_until timestamptz,
     add column woken_from text,
     add column assignee_id uuid,
     add column team_id uuid,
     add column received_count integer not null default 0,
     add constraint conversation_status_known check (status in ('OPEN', 'PENDING', 'SNOOZED', 'CLOSED')),
     add constraint conversation_snoozed check ((status = 'SNOOZED') = (snoozed_until is not null)),
     add constraint conversation_assignee foreign key (agency_id, assignee_id) references app_user (agency_id, id),
     add constraint conversation_team foreign key (agency_id, subaccount_id, team_id)
       references team (agency_id, subaccount_id, id) on delete set null (team_id)`,
  // Nobody could mark anything as read so far.
  `update conversation set received_count = unread_count where unread_count > 0`,
  `create index conversation_by_status on conversation (subaccount_id, status, last_message_at, id)`,
  `create index conversation_by_assignee on conversation (subaccount_id, assignee_id, last_message_at, id)
     where assignee_id is not null`,
  `create index conversation_by_team on conversation (subaccount_id, team_id, last_message_at, id)
     where team_id is not null`,
  `create index conversation_by_device on conversation (device_id, last_message_at, id)`,
  `create index conversation_due on conversation (snoozed_until) where status = 'SNOOZED'`,
];

const TABLES = [
  `create table conversation_label (
     conversation_id uuid not null,
     label text collate "C" not null,
     agency_id uuid not null,
     subaccount_id uuid not null,
     device_id uuid not null,
     primary key (conversation_id, label),
     foreign key (agency_id, subaccount_id, conversation_id)
       references conversation (agency_id, subaccount_id, id) on delete cascade
   )`,
  `create index conversation_label_conversations on conversation_label (subaccount_id, label, conversation_id)`,
  // How many of the received messages a person has read: the rest is unread for them, without looking at messages.
  `create table conversation_read (
     conversation_id uuid not null,
     user_id uuid not null,
     agency_id uuid not null,
     subaccount_id uuid not null,
     device_id uuid not null,
     read_count integer not null,
     read_at timestamptz not null,
     primary key (conversation_id, user_id),
     foreign key (agency_id, subaccount_id, conversation_id)
       references conversation (agency_id, subaccount_id, id) on delete cascade,
     foreign key (agency_id, user_id) references app_user (agency_id, id) on delete cascade
   )`,
];

const SNOOZED = `create function list_snoozed_conversations(at timestamptz, max_rows integer)
  returns table (id uuid, agency_id uuid, subaccount_id uuid)
  language sql stable security definer set search_path = public, pg_temp as $$
  select c.id, c.agency_id, c.subaccount_id from conversation c
  where c.status = 'SNOOZED' and c.snoozed_until <= at order by c.snoozed_until limit max_rows $$`;

import { Migration } from '@mikro-orm/migrations';

/**
 * What is unread for whom: a row for each user and conversation with messages that they have not read, and none for what they have. It
 * replaces the counters of what each person has read, under which unread conversations were looked for among all.
 */
export class UnreadConversations extends Migration {
  override up(): void {
    for (const statement of STATEMENTS) this.addSql(statement);
  }

  override down(): void {
    throw new Error('migrations only go forward; restore a backup instead');
  }
}

const AGENCY_WIDE = `role in ('AGENCY_OWNER', 'AGENCY_ADMIN')`;

const IN_SCOPE = `agency_id = (select app_agency_id())
  and ((select app_all_subaccounts()) or subaccount_id = any ((select app_subaccount_ids())::uuid[]))
  and ((select app_device_id()) is null or device_id = (select app_device_id()))`;

const STATEMENTS = [
  `create table unread_conversation (
     conversation_id uuid not null,
     user_id uuid not null,
     agency_id uuid not null,
     subaccount_id uuid not null,
     device_id uuid not null,
     read_count integer not null,
     primary key (conversation_id, user_id),
     foreign key (agency_id, subaccount_id, conversation_id)
       references conversation (agency_id, subaccount_id, id) on delete cascade,
     foreign key (agency_id, user_id) references app_user (agency_id, id) on delete cascade
   )`,
  // Until now everything was unread for a member that came since there is such a user; a minute for clocks that differ.
  `insert into unread_conversation (conversation_id, user_id, agency_id, subaccount_id, device_id, read_count)
   select c.id, w.user_id, c.agency_id, c.subaccount_id, c.device_id, coalesce(r.read_count, 0)
   from (
     select s.id as subaccount_id, m.user_id from subaccount s
     join membership m on m.agency_id = s.agency_id and m.${AGENCY_WIDE}
     union
     select l.subaccount_id, m.user_id from membership_subaccount l join membership m on m.id = l.membership_id
   ) w
   join app_user u on u.id = w.user_id
   join conversation c on c.subaccount_id = w.subaccount_id and c.last_message_at >= u.created_at - interval '1 minute'
   left join conversation_read r on r.conversation_id = c.id and r.user_id = u.id
   where c.received_count > coalesce(r.read_count, 0)`,
  'create index unread_conversation_user on unread_conversation (user_id, subaccount_id, conversation_id)',
  'drop table conversation_read',
  // Asked for with each message that comes in: all others are found by their subaccounts.
  `create index membership_agency_wide on membership (agency_id) where ${AGENCY_WIDE}`,
  'alter table unread_conversation enable row level security',
  'alter table unread_conversation force row level security',
  `create policy unread_conversation_tenant on unread_conversation using (${IN_SCOPE}) with check (${IN_SCOPE})`,
  'create policy unread_conversation_owner on unread_conversation to current_user using (true) with check (true)',
];

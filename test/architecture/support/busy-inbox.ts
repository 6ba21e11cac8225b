/** What people do with conversations, and what is kept of it, for a tenant whose conversations and users there are. */
export const BUSY_INBOX: readonly string[] = [
  `insert into team (id, agency_id, subaccount_id, name, created_at, updated_at)
   select uuidv7(), $1::uuid, $2::uuid, 'Team ' || n, now(), now() from generate_series(1, 5) n`,
  `update conversation v
   set status = case when place % 200 = 0 then 'SNOOZED' when place % 10 = 1 then 'OPEN' else 'CLOSED' end,
       snoozed_until = case when place % 200 = 0 then now() + (place - 400) * interval '1 minute' end,
       unread_count = (place % 20 = 0)::int, received_count = 1 + place % 2,
       assignee_id = case when place % 3 = 0 then u.ids[place % 500 + 1] end,
       team_id = case when place % 7 = 0 then t.ids[place % 5 + 1] end
   from (select id, row_number() over (order by id) as place from conversation
         where agency_id = $1::uuid and subaccount_id = $2::uuid) p,
        (select array_agg(id order by id) as ids from app_user where agency_id = $1::uuid and email like '%' || $2::uuid) u,
        (select array_agg(id order by id) as ids from team where agency_id = $1::uuid and subaccount_id = $2::uuid) t
   where v.id = p.id`,
  `insert into conversation_label (conversation_id, label, agency_id, subaccount_id, device_id)
   select id, 'label ' || right(id::text, 1), agency_id, subaccount_id, device_id from conversation
   where agency_id = $1::uuid and subaccount_id = $2::uuid`,
  `insert into conversation_note (id, agency_id, subaccount_id, device_id, conversation_id, text, created_at)
   select uuidv7(), agency_id, subaccount_id, device_id, id, 'N', now() from conversation
   where agency_id = $1::uuid and subaccount_id = $2::uuid and assignee_id is not null`,
  `insert into conversation_mention (note_id, user_id, conversation_id, agency_id, subaccount_id, device_id)
   select n.id, v.assignee_id, v.id, v.agency_id, v.subaccount_id, v.device_id
   from conversation_note n join conversation v on v.id = n.conversation_id
   where v.agency_id = $1::uuid and v.subaccount_id = $2::uuid`,
  // The first user has read nearly everything, the second one nothing, and others something.
  `insert into unread_conversation (conversation_id, user_id, agency_id, subaccount_id, device_id, read_count)
   select v.id, u.id, v.agency_id, v.subaccount_id, v.device_id, 0
   from (select c.*, row_number() over (order by id) as place from conversation c
         where agency_id = $1::uuid and subaccount_id = $2::uuid) v
   join (select u.id, n from generate_series(1, 50) n join app_user u on u.agency_id = $1::uuid and u.email = n || '@' || $2::uuid) u
     on u.n = 2 or v.place % (case u.n when 1 then 1000 else 100 end) = 0`,
  `insert into conversation_handling (id, agency_id, subaccount_id, device_id, conversation_id, opened_at, first_response_at, closed_at)
   select uuidv7(), agency_id, subaccount_id, device_id, id, last_message_at, last_message_at, last_message_at from conversation
   where agency_id = $1::uuid and subaccount_id = $2::uuid`,
  `insert into conversation_view (id, agency_id, subaccount_id, owner_id, name, filter, created_at, updated_at)
   select uuidv7(), agency_id, $2::uuid, id, 'V', '{}', now(), now() from app_user
   where agency_id = $1::uuid and email like '%' || $2::uuid`,
  `insert into audit_entry (id, agency_id, subaccount_id, event_id, action, actor_id, target_type, target_id, facts)
   select uuidv7(make_interval(secs => -10 * row_number() over ())), v.agency_id, v.subaccount_id, uuidv7(),
          case when right(v.id::text, 1) = '7' then 'conversation.read' else 'conversation.status_changed' end,
          coalesce(v.assignee_id, v.id), 'Conversation', v.id, '{}'
   from conversation v where v.agency_id = $1::uuid and v.subaccount_id = $2::uuid`,
  `insert into usage_day (device_id, day, pool, agency_id, subaccount_id, accepted, sent, delivered, read, failed, expired, canceled)
   select id, current_date - n, 'UNLIMITED', agency_id, subaccount_id, 1, 1, 1, 1, 0, 0, 0
   from device, generate_series(1, 40) n where agency_id = $1::uuid and subaccount_id = $2::uuid`,
  `insert into bulk_operation (id, agency_id, subaccount_id, kind, status, options, processed, created_count, updated_count,
                               failed_count, idle_runs, due_at, created_at, updated_at)
   select uuidv7(), $1::uuid, $2::uuid, 'CONTACT_IMPORT', case when n % 50 = 0 then 'RUNNING' else 'COMPLETED' end, '{}', n, n, 0, 0, 0,
          case when n % 50 = 0 then now() - interval '1 minute' end, now(), now() - n * interval '1 hour'
   from generate_series(1, 2000) n`,
  `insert into bulk_operation_error (operation_id, row_number, agency_id, subaccount_id, message, record)
   select id, n, agency_id, subaccount_id, 'M', '[]' from bulk_operation, generate_series(1, 5) n
   where agency_id = $1::uuid and subaccount_id = $2::uuid`,
];

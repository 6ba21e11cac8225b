import type { TestDatabase } from '../../support/database.js';
import { DEFAULT_PACKAGE } from '../../support/catalogue.js';
import { BUSY_INBOX } from './busy-inbox.js';

/** How many rows the largest tables get for one tenant; another tenant gets as many. */
const DEVICES = 500;
/**
 * PostgreSQL takes the policies for more selective than they are: where a subaccount has some thousand conversations, it sorts all of
 * them instead of reading the first ones in the order of their index.
 */
const CONVERSATIONS = 20_000;
const MESSAGES = 8_000;
const DEALS = 8_000;
/** One in so many rows still waits for something. */
const WAITING = 50;

export interface BusyTenant {
  readonly agencyId: string;
  readonly subaccountId: string;
}

/** Fills a tenant with some thousand rows of what grows, most of it settled long ago, as it is in a running installation. */
export async function fill({ query }: TestDatabase, { agencyId, subaccountId }: BusyTenant): Promise<void> {
  const tenant = [agencyId, subaccountId];
  for (const statement of STATEMENTS) await query(statement, tenant);
}

/** A tenant where somebody did something long ago. */
export async function fillQuietly(
  { query }: TestDatabase,
  { agencyId, subaccountId }: BusyTenant,
): Promise<void> {
  await query(
    `insert into audit_entry (id, agency_id, subaccount_id, event_id, action, actor_id, target_type, target_id, facts)
     select uuidv7(interval '-20 days'), $1::uuid, $2::uuid, uuidv7(), 'device.created', uuidv7(), 'Device', uuidv7(), '{}'
     from generate_series(1, 3)`,
    [agencyId, subaccountId],
  );
}

export async function analyze({ query }: TestDatabase): Promise<void> {
  await query('analyze');
}

const STATEMENTS = [
  `insert into device (id, agency_id, subaccount_id, package_id, label, priority, shard, link, connection, suspended, status,
                       status_changed_at, connect_attempts, created_at, wake_at, phone_number)
   select uuidv7(), $1::uuid, $2::uuid, ${DEFAULT_PACKAGE.replace('$2', '$1')}, 'D', 0, n % 256, case when n % 5 = 0 then 'NONE' else 'PAIRED' end, 'OPEN', false, 'CONNECTED',
          now(), 0, now(), case when n % ${WAITING} = 0 then now() end, '628' || n
   from generate_series(1, ${DEVICES}) n`,
  `insert into device_token (id, agency_id, subaccount_id, device_id, token_hash, last_four, created_at)
   select uuidv7(), agency_id, subaccount_id, id, sha256(id::text::bytea), 'abcd', now()
   from device where agency_id = $1::uuid and subaccount_id = $2::uuid`,
  `insert into api_key (id, agency_id, subaccount_id, name, scopes, token_hash, last_four, created_at)
   select uuidv7(), $1::uuid, $2::uuid, 'K', '{*}', sha256(($2::uuid || '-' || n)::bytea), 'abcd', now() from generate_series(1, 2000) n`,
  `insert into app_user (id, agency_id, email, password_hash, created_at)
   select uuidv7(), $1::uuid, n || '@' || $2::uuid, 'x', now() - interval '1 year' from generate_series(1, 500) n`,
  `insert into login_session (id, agency_id, user_id, token_hash, created_at, expires_at)
   select uuidv7(), agency_id, id, sha256(id::text::bytea), now(), now() from app_user
   where agency_id = $1::uuid and email like '%' || $2::uuid`,
  `insert into contact (id, agency_id, subaccount_id, name, phone_number, created_at, updated_at)
   select uuidv7(), $1::uuid, $2::uuid, 'Person ' || n % (${CONVERSATIONS} - 500), (6281700000000 + n)::text, now(), now()
   from generate_series(1, ${CONVERSATIONS}) n`,
  `insert into contact_identity (subaccount_id, kind, value, agency_id, contact_id)
   select subaccount_id, 'PHONE', phone_number, agency_id, id from contact
   where agency_id = $1::uuid and subaccount_id = $2::uuid`,
  `insert into contact_tag (contact_id, tag, agency_id, subaccount_id)
   select id, 'tag ' || right(phone_number, 2), agency_id, subaccount_id from contact
   where agency_id = $1::uuid and subaccount_id = $2::uuid`,
  `insert into contact_field (id, agency_id, subaccount_id, key, label, type, created_at, updated_at)
   values (uuidv7(), $1::uuid, $2::uuid, 'revenue', 'Revenue', 'NUMBER', now(), now())`,
  `insert into contact_field_value (contact_id, field_id, agency_id, subaccount_id, value, number)
   select c.id, f.id, c.agency_id, c.subaccount_id, right(c.phone_number, 5)::int::text, right(c.phone_number, 5)::int
   from contact c join contact_field f on f.subaccount_id = c.subaccount_id
   where c.agency_id = $1::uuid and c.subaccount_id = $2::uuid`,
  `insert into conversation (id, agency_id, subaccount_id, device_id, kind, contact_id, status, unread_count,
                             last_message_at, created_at)
   select uuidv7(), $1::uuid, $2::uuid, d.id, 'DIRECT', c.id, 'OPEN', 0, now() - c.n * interval '1 minute', now()
   from (select id, row_number() over () as n from contact where agency_id = $1::uuid and subaccount_id = $2::uuid) c
   join (select id, row_number() over () as n from device where agency_id = $1::uuid and subaccount_id = $2::uuid) d
     on d.n = c.n % ${DEVICES} + 1`,
  `insert into message (id, agency_id, subaccount_id, device_id, conversation_id, shard, direction, kind, status, text,
                        whatsapp_id, content, priority, due_at, expires_at, attempt_count, written, outcome_unknown,
                        caught_up, created_at)
   select uuidv7(make_interval(secs => -10 * n)), $1::uuid, $2::uuid, c.device_id, c.id, c.shard, 'OUTBOUND', 'TEXT',
          case when n % ${WAITING} = 0 then 'PENDING' else 'READ' end, 'some text of usual length', 'WA' || n || c.id, 'x', 0,
          case when n % ${WAITING} = 0 then now() end, case when n % ${WAITING} = 0 then now() + interval '1 day' end,
          0, false, false, false, now()
   from generate_series(1, ${MESSAGES}) n
   join (select v.id, v.device_id, d.shard, row_number() over () as place
         from conversation v join device d on d.id = v.device_id where v.agency_id = $1::uuid and v.subaccount_id = $2::uuid) c
     on c.place = n % ${CONVERSATIONS} + 1`,
  `insert into message_key (device_id, whatsapp_id, direction, conversation_id, agency_id, subaccount_id, message_id)
   select device_id, whatsapp_id, direction, conversation_id, agency_id, subaccount_id, id
   from message where agency_id = $1::uuid and subaccount_id = $2::uuid`,
  `insert into message_media (message_id, agency_id, subaccount_id, device_id, type, state, attempt_count, due_at)
   select id, agency_id, subaccount_id, device_id, 'IMAGE', case when due_at is null then 'AVAILABLE' else 'PENDING' end, 0, due_at
   from message where agency_id = $1::uuid and subaccount_id = $2::uuid`,
  `insert into inbox (device_id, whatsapp_id, chat, participant, from_me, id, agency_id, subaccount_id, content, envelope,
                      received_at, due_at, attempt_count)
   select device_id, 'IN' || whatsapp_id, 'chat', '', false, uuidv7(), agency_id, subaccount_id, 'x', '{}', now(), due_at, 0
   from message where agency_id = $1::uuid and subaccount_id = $2::uuid`,
  `insert into pipeline (id, agency_id, subaccount_id, name, created_at, updated_at)
   select uuidv7(), $1::uuid, $2::uuid, 'P', now(), now() from generate_series(1, 5) n`,
  `insert into pipeline_stage (id, agency_id, subaccount_id, pipeline_id, name, kind, position, created_at)
   select uuidv7(), agency_id, subaccount_id, id, 'S', 'OPEN', n, now()
   from pipeline, generate_series(1, 8) n where agency_id = $1::uuid and subaccount_id = $2::uuid`,
  // By arrays: a join over row numbers is planned without statistics here, and takes minutes.
  `insert into deal (id, agency_id, subaccount_id, pipeline_id, stage_id, status, rank, title, contact_id, owner_id, value_minor,
                     currency, version, created_at, updated_at)
   select uuidv7(), $1::uuid, $2::uuid, s.pipelines[n % 40 + 1], s.ids[n % 40 + 1], 'OPEN', 'a' || n, 'D',
          c.ids[n % ${CONVERSATIONS} + 1], u.ids[n % 500 + 1], n, 'USD', 1, now(), now()
   from generate_series(1, ${DEALS}) n,
        (select array_agg(id order by id) as ids, array_agg(pipeline_id order by id) as pipelines from pipeline_stage
         where agency_id = $1::uuid and subaccount_id = $2::uuid) s,
        (select array_agg(id) as ids from contact where agency_id = $1::uuid and subaccount_id = $2::uuid) c,
        (select array_agg(id) as ids from app_user where agency_id = $1::uuid and email like '%' || $2::uuid) u`,
  `insert into deal_tag (deal_id, tag, agency_id, subaccount_id)
   select id, 'tag ' || value_minor % 200, agency_id, subaccount_id from deal
   where agency_id = $1::uuid and subaccount_id = $2::uuid`,
  `insert into deal_move (id, agency_id, subaccount_id, deal_id, to_stage_id, to_stage_name, moved_at)
   select uuidv7(), agency_id, subaccount_id, id, stage_id, 'S', now() from deal
   where agency_id = $1::uuid and subaccount_id = $2::uuid`,
  `insert into event_stream (id, agency_id, last_seq, first_seq) values ($2::uuid, $1::uuid, 5000, 1)`,
  `insert into event (stream_id, seq, agency_id, subaccount_id, topic, payload, occurred_at)
   select $2::uuid, n, $1::uuid, $2::uuid, 'message.created', '{}', now() from generate_series(1, 5000) n`,
  ...BUSY_INBOX,
];

import type { Client } from 'pg';
import type { BenchServer } from '../bench-server.js';
import { asOwner } from '../tenants.js';

/** How much a tenant has gathered in a year. */
export interface YearSize {
  readonly messages: number;
  readonly contacts: number;
  readonly deals: number;
}

/** What there is to ask for. */
export interface BusyYear {
  readonly subaccountId: string;
  readonly pipelineId: string;
  /** The busiest conversations. */
  readonly conversationIds: readonly string[];
}

const MONTHS = 12;
const STAGES = 6;
/** A tenth of the messages is of so many conversations. */
const BUSIEST = 100;
/** The words that messages are made of: the first ones are in every other message, the last ones in one of a thousand. */
const WORDS = 2_000;
/** Connections that make messages. */
const FILLERS = 2;

/** A word by its rank. */
export function wordOf(rank: number): string {
  const at = (letters: string, index: number): string => letters.charAt(index % letters.length);
  return [
    at('bdfgjklmnp', rank),
    at('aeiou', Math.floor(rank / 10)),
    at('rstvwxzcqh', Math.floor(rank / 50)),
    at('yaeoiu', Math.floor(rank / 500)),
    String(rank),
  ].join('');
}

/** Fills one subaccount, a set of rows in one statement each. */
export async function fillYear(
  server: BenchServer,
  tenant: { readonly subaccountId: string; readonly deviceIds: readonly string[] },
  size: YearSize,
): Promise<BusyYear> {
  const { subaccountId } = tenant;
  await asFiller(server, async (client) => {
    for (let month = 0; month < MONTHS; month += 1) {
      await client.query(`select ensure_message_partitions(now() - make_interval(months => $1))`, [month]);
    }
    await client.query(CONTACTS, [subaccountId, size.contacts]);
    await client.query(CONVERSATIONS, [subaccountId, tenant.deviceIds]);
    await client.query(PIPELINE, [subaccountId]);
    await client.query(STAGES_OF_PIPELINE, [subaccountId, STAGES]);
    await client.query(DEALS, [subaccountId, size.deals]);
    await client.query('analyze');
  });
  await fillMessages(server, subaccountId, size);
  return asFiller(server, async (client) => {
    await client.query('vacuum analyze');
    const { rows } = await client.query<{ pipeline: string; conversations: string[] }>(PLACES, [
      subaccountId,
      BUSIEST,
    ]);
    return {
      subaccountId,
      pipelineId: rows[0]?.pipeline ?? '',
      conversationIds: rows[0]?.conversations ?? [],
    };
  });
}

/** A part of the time on each of several connections. The index of words is made at the end: row by row it would take most of the time. */
async function fillMessages(server: BenchServer, subaccountId: string, size: YearSize): Promise<void> {
  const words = Array.from({ length: WORDS }, (_, rank) => wordOf(rank));
  const index = await asFiller(server, async (client) => {
    const { rows } = await client.query<{ definition: string }>(
      `select pg_get_indexdef('message_search'::regclass) as definition`,
    );
    await client.query('drop index message_search');
    return rows[0]?.definition ?? '';
  });
  const bounds = Array.from({ length: FILLERS + 1 }, (_, part) =>
    Math.round((size.messages * part) / FILLERS),
  );
  const fill = async (part: number): Promise<void> => {
    const range = [(bounds[part] ?? 0) + 1, bounds[part + 1]];
    const values = [size.messages, words, Math.min(BUSIEST, size.contacts), size.contacts];
    await asFiller(server, (client) => client.query(MESSAGES, [subaccountId, ...range, ...values]));
  };
  await Promise.all(Array.from({ length: FILLERS }, (_, part) => fill(part)));
  await asFiller(server, (client) => client.query(index.replace(' ON ONLY ', ' ON ')));
}

/** Without what slows many rows down: references that are not wrong, and waiting for the disk. */
function asFiller<T>(server: BenchServer, work: (client: Client) => Promise<T>): Promise<T> {
  return asOwner(server, async (client) => {
    await client.query(`set maintenance_work_mem = '256MB'`);
    await client.query('set session_replication_role = replica');
    await client.query('set synchronous_commit = off');
    // Nothing is known yet of the rows that were just made; a loop over two of these tables would never end.
    await client.query('set enable_nestloop = off');
    return work(client);
  });
}

/** A UUIDv7 of a time, told apart by a number. */
const idAt = (at: string, n: string): string =>
  `(lpad(to_hex((extract(epoch from ${at}) * 1000)::bigint), 12, '0') || '7' || substr(md5(${n}::text), 1, 3)
    || '8' || substr(md5(${n}::text), 4, 15))::uuid`;

const SPAN = `interval '${MONTHS - 1} months'`;

const CONTACTS = `
  insert into contact (id, agency_id, subaccount_id, name, phone_number, version, created_at, updated_at)
  select ${idAt('t.at', 'n')}, s.agency_id, s.id, 'Person ' || n, '62812' || lpad((abs(hashint4(n)::bigint) % 100000000)::text, 8, '0'), 1, t.at, t.at
  from generate_series(1, $2::int) n, subaccount s,
       lateral (select now() - ${SPAN} * (1 - n::float8 / $2::int) as at) t
  where s.id = $1`;

const CONVERSATIONS = `
  insert into conversation (id, agency_id, subaccount_id, device_id, kind, contact_id, status, unread_count, received_count,
                            version, last_message_at, first_inbound_at, created_at)
  select c.id, c.agency_id, c.subaccount_id, ($2::uuid[])[1 + c.n % cardinality($2::uuid[])], 'DIRECT', c.id,
         case when c.n % 10 = 0 then 'OPEN' else 'CLOSED' end, (c.n % 20 = 0)::int, 10, 1, now() - c.n * interval '1 minute',
         c.created_at, c.created_at
  from (select *, row_number() over (order by id desc) as n from contact where subaccount_id = $1) c`;

/** In the order of time, spread over the months; words by Zipf's law, more or less. */
const MESSAGES = `
  insert into message (id, agency_id, subaccount_id, device_id, conversation_id, shard, direction, kind, status, text, whatsapp_id,
                       priority, attempt_count, written, outcome_unknown, caught_up, created_at, sent_at)
  select ${idAt('t.at', 'n')}, v.agency_id, v.subaccount_id, v.device_id, v.id, 1, case when n % 2 = 0 then 'INBOUND' else 'OUTBOUND' end,
         'TEXT', case when n % 2 = 0 then 'RECEIVED' else 'READ' end, w.text, 'WA' || n, 0, 0, true, false, false, t.at, t.at
  from generate_series($2::int, $3::int) n
  cross join lateral (select now() - ${SPAN} * (1 - n::float8 / $4::int) as at) t
  cross join lateral (
    select string_agg(($5::text[])[1 + floor(cardinality($5::text[]) * power(random(), 3))::int], ' ') as text
    from generate_series(1, 8) where n > 0) w
  join (select *, row_number() over (order by id) as place from conversation where subaccount_id = $1) v
    on v.place = 1 + case when n % 10 = 0 then (n / 10) % $6::int else (n::bigint * 7919) % $7::int end`;

const PIPELINE = `
  insert into pipeline (id, agency_id, subaccount_id, name, created_at, updated_at)
  select uuidv7(), agency_id, id, 'Sales', now(), now() from subaccount where id = $1`;

const STAGES_OF_PIPELINE = `
  insert into pipeline_stage (id, agency_id, subaccount_id, pipeline_id, name, kind, position, created_at)
  select uuidv7(), agency_id, subaccount_id, id, 'Stage ' || n, 'OPEN', n, now()
  from pipeline, generate_series(1, $2::int) n where subaccount_id = $1`;

const DEALS = `
  insert into deal (id, agency_id, subaccount_id, pipeline_id, stage_id, status, rank, title, contact_id, value_minor, currency,
                    version, created_at, updated_at)
  select uuidv7(), s.agency_id, s.subaccount_id, s.pipeline_id, s.ids[1 + n % cardinality(s.ids)], 'OPEN', 'a' || lpad(n::text, 8, '0'),
         'Deal ' || n, c.ids[1 + n % cardinality(c.ids)], n * 100, 'IDR', 1, now(), now()
  from generate_series(1, $2::int) n,
       (select agency_id, subaccount_id, pipeline_id, array_agg(id) as ids from pipeline_stage where subaccount_id = $1
        group by 1, 2, 3) s,
       (select array_agg(id) as ids from contact where subaccount_id = $1) c`;

const PLACES = `
  select (select id from pipeline where subaccount_id = $1 limit 1) as pipeline,
         (select array_agg(id) from (select id from conversation where subaccount_id = $1 order by id limit $2) v) as conversations`;

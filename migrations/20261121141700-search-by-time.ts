import { Migration } from '@mikro-orm/migrations';

/**
 * Search that costs as much in a large installation as in a small one. A list holds the newest rows that match, and no index is both by
 * words and by time: a word that is everywhere is found among the newest rows, without an index of words, and any other one through that
 * index, a few months at a time, so that the months before are not looked at for what this one has.
 */
export class SearchByTime extends Migration {
  override up(): void {
    for (const statement of [WORDS, MESSAGES, CONTACTS]) this.addSql(statement);
  }

  override down(): void {
    throw new Error('migrations only go forward; restore a backup instead');
  }
}

const UNSPACED =
  '\\u0E00-\\u0EFF\\u1000-\\u109F\\u1780-\\u17FF\\u3000-\\u30FF\\u3400-\\u4DBF\\u4E00-\\u9FFF\\uF900-\\uFAFF';
const SIGNS = `!"#$%&''()*+,-./:;<=>?@[\\]^_\`{|}~`;
const SIGN_COUNT = SIGNS.replace(`''`, `'`).length;

/** Gives what it gave: what is stored in indexes stays true. Texts of ASCII alone, which most are, need no regular expressions. */
const WORDS = `
  create or replace function search_words(value text) returns text language sql immutable parallel safe cost 1000 as $$
    select case when octet_length(value) = length(value)
      then translate(lower(value), '${SIGNS}', '${' '.repeat(SIGN_COUNT)}')
      else regexp_replace(
        regexp_replace(
          normalize(regexp_replace(normalize(lower(value), NFKD), '[\\u0300-\\u036F]', '', 'g'), NFKC),
          '[!-/:-@[-\`{-~]', ' ', 'g'),
        '([${UNSPACED}])', ' \\1 ', 'g') end $$`;

/** Rows that are looked through without an index of words. A word of every twentieth row has a page of ten there. */
const NEWEST = 200;

/**
 * The caller's scope is asked for once, not of each row: a condition that PostgreSQL cannot look into it takes for so rare that it reads and
 * sorts all rows.
 */
const ENTER = `
    if agency is null or not (app_all_subaccounts() or subaccount = any (app_subaccount_ids())) then
      return;
    end if;`;

/** The newest rows are read in the order of an index; an index of words knows nothing but bitmaps. The function gives the setting back. */
const BY_WORDS = `perform set_config('enable_bitmapscan', 'on', true);`;

const TIME_OF = (id: string): string =>
  `to_timestamp(('x' || left(replace(${id}::text, '-', ''), 12))::bit(48)::bigint / 1000.0)`;

/** The words name the subaccount, so that no other index is needed beside theirs: this comparison uses none. */
const OF_TENANT = (row: string): string =>
  `(${row}.agency_id, ${row}.subaccount_id) is not distinct from ($1, $2)`;

const LISTED = `($4 is null or m.id < $4)
  and ($5 is null or m.device_id = $5) and ($6 is null or m.conversation_id = $6)
  and m.due_at is null and m.text is not null and m.kind <> 'EDIT'`;

const MESSAGES = `
  create or replace function search_messages(subaccount uuid, words text, device uuid, conversation uuid, before uuid, max_rows integer)
    returns setof uuid language plpgsql stable security definer set search_path = public, pg_temp set timezone = 'UTC' set enable_bitmapscan = off as $body$
  declare
    agency constant uuid := app_agency_id();
    only_device constant uuid := coalesce(app_device_id(), device);
    wanted constant tsquery := search_query(subaccount, words);
    month constant timestamptz := date_trunc('month', coalesce(${TIME_OF('before')}, now()));
    ids uuid[];
    missing integer := max_rows;
    found_count integer;
    upper_id uuid := before;
    lower_id uuid;
  begin ${ENTER}
    if device <> only_device then
      return;
    end if;
    execute $query$
      select array_agg(f.id) from (
        select n.id from (select m.id, m.subaccount_id, m.text from message m where m.agency_id = $1 and m.subaccount_id = $2 and ${LISTED} order by m.id desc limit ${NEWEST}) n
        where search_vector(n.subaccount_id, n.text) @@ $3 limit $7) f $query$
      into ids using agency, subaccount, wanted, before, only_device, conversation, max_rows;
    if cardinality(ids) = max_rows then
      return query select unnest(ids);
      return;
    end if;
    ${BY_WORDS}
    -- This month, the one before, two, four and eight before these, and all the rest.
    for step in 0..5 loop
      lower_id := case when step < 5 then message_partition_bound(month - make_interval(months => (1 << step) - 1))
                       else '00000000-0000-0000-0000-000000000000' end;
      return query execute $query$
        with found as materialized (
          select m.id from message m where ${OF_TENANT('m')} and ${LISTED} and search_vector(m.subaccount_id, m.text) @@ $3 and m.id >= $8)
        select f.id from found f order by f.id desc limit $7 $query$
        using agency, subaccount, wanted, upper_id, only_device, conversation, missing, lower_id;
      get diagnostics found_count = row_count;
      missing := missing - found_count;
      exit when missing <= 0;
      upper_id := lower_id;
    end loop;
  end $body$`;

const NAMES = (row: string): string =>
  ['name', 'push_name', 'phone_number'].map((column) => `coalesce(${row}${column}, '')`).join(` || ' ' || `);

const KNOWN = '($4 is null or c.id < $4)';

const CONTACTS = `
  create or replace function search_contacts(subaccount uuid, words text, before uuid, max_rows integer)
    returns setof uuid language plpgsql stable security definer set search_path = public, pg_temp set enable_bitmapscan = off as $body$
  declare
    agency constant uuid := app_agency_id();
    wanted constant tsquery := search_query(subaccount, words);
    ids uuid[];
  begin ${ENTER}
    if app_device_id() is not null then
      return;
    end if;
    execute $query$
      select array_agg(f.id) from (
        select n.id from (select c.* from contact c where c.agency_id = $1 and c.subaccount_id = $2 and ${KNOWN} order by c.id desc limit ${NEWEST}) n
        where search_vector(n.subaccount_id, ${NAMES('n.')}) @@ $3 limit $5) f $query$
      into ids using agency, subaccount, wanted, before, max_rows;
    if cardinality(ids) = max_rows then
      return query select unnest(ids);
      return;
    end if;
    ${BY_WORDS}
    return query execute $query$
      with found as materialized (
        select c.id from contact c where ${OF_TENANT('c')} and ${KNOWN} and search_vector(c.subaccount_id, ${NAMES('c.')}) @@ $3)
      select f.id from found f order by f.id desc limit $5 $query$
      using agency, subaccount, wanted, before, max_rows;
  end $body$`;

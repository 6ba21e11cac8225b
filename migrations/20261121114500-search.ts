import { Migration } from '@mikro-orm/migrations';

/**
 * Full-text search over messages and contacts, in any language. Comparing a `tsvector` is not leakproof: under a policy it could use no
 * index. So search is done by two functions of the owner, which carry the tenant's predicate themselves and return ids only.
 *
 * The subaccount is a word of each text: one look into the index finds only the tenant's rows, however many others have the word.
 */
export class Search extends Migration {
  override up(): void {
    for (const statement of [...WORDS, ...INDEXES, ...FUNCTIONS]) this.addSql(statement);
  }

  override down(): void {
    throw new Error('migrations only go forward; restore a backup instead');
  }
}

/** Thai, Lao, Burmese, Khmer, Chinese and Japanese write no spaces between words: there each character is a word, and a word a phrase. */
const UNSPACED =
  '\\u0E00-\\u0EFF\\u1000-\\u109F\\u1780-\\u17FF\\u3000-\\u30FF\\u3400-\\u4DBF\\u4E00-\\u9FFF\\uF900-\\uFAFF';

const WORDS = [
  // Without accents and with nothing but spaces between words: the parser would take paths, addresses and numbers with signs as one.
  `create function search_words(value text) returns text language sql immutable strict parallel safe cost 1000 as $$
     select regexp_replace(
       regexp_replace(
         normalize(regexp_replace(normalize(lower(value), NFKD), '[\\u0300-\\u036F]', '', 'g'), NFKC),
         '[!-/:-@[-\`{-~]', ' ', 'g'),
       '([${UNSPACED}])', ' \\1 ', 'g') $$`,
  `create function search_vector(subaccount uuid, value text) returns tsvector language sql immutable parallel safe cost 1000 as $$
     select array_to_tsvector(array[subaccount::text]) || to_tsvector('simple', public.search_words(coalesce(value, ''))) $$`,
  // Every word has to be there; the last sign of one of three or more may be the middle of a longer word. Null: nothing to look for.
  // Other scripts say more with two signs than Latin does.
  `create function search_query(subaccount uuid, value text) returns tsquery language sql stable parallel safe as $$
     select quote_literal(subaccount::text)::tsquery
            && string_agg('(' || q::text || case when length(word) >= 3 or octet_length(word) >= 4 then ':*' else '' end || ')', ' & ')::tsquery
     from regexp_split_to_table(value, '\\s+') word, phraseto_tsquery('simple', public.search_words(word)) q
     where numnode(q) > 0 $$`,
];

/** What a contact is found by. `concat_ws` may not stand in an index. */
const NAMES = (row: string): string =>
  ['name', 'push_name', 'phone_number'].map((column) => `coalesce(${row}${column}, '')`).join(` || ' ' || `);

/** Of messages, those that are settled: one on its way is changed several times, and each change would be indexed anew. */
const INDEXES = [
  `create index message_search on message using gin (search_vector(subaccount_id, text))
     with (gin_pending_list_limit = 256) where due_at is null and text is not null`,
  `create index contact_search on contact
     using gin (search_vector(subaccount_id, ${NAMES('')})) with (gin_pending_list_limit = 256)`,
];

const IN_SCOPE = (row: string): string =>
  `${row}.agency_id = app_agency_id() and ${row}.subaccount_id = $1
     and (app_all_subaccounts() or ${row}.subaccount_id = any (app_subaccount_ids()))`;

/** Planned for each call: how rare the words are decides whether the index of the words or the order of time is the shorter way. */
const search = (name: string, parameters: string, statement: string, values: string): string =>
  `create function ${name}(${parameters}) returns setof uuid language plpgsql stable security definer
     set search_path = public, pg_temp as $body$
     begin
       return query execute $query$ ${statement} $query$ using ${values};
     end $body$`;

const FUNCTIONS = [
  search(
    'search_messages',
    'subaccount uuid, words text, device uuid, conversation uuid, before uuid, max_rows integer',
    `select m.id from message m
     where ${IN_SCOPE('m')} and (app_device_id() is null or m.device_id = app_device_id())
       and m.due_at is null and m.text is not null and m.kind <> 'EDIT'
       and search_vector(m.subaccount_id, m.text) @@ $2
       and ($3 is null or m.device_id = $3) and ($4 is null or m.conversation_id = $4) and ($5 is null or m.id < $5)
     order by m.id desc limit $6`,
    'subaccount, search_query(subaccount, words), device, conversation, before, max_rows',
  ),
  search(
    'search_contacts',
    'subaccount uuid, words text, before uuid, max_rows integer',
    `select c.id from contact c
     where ${IN_SCOPE('c')} and app_device_id() is null
       and search_vector(c.subaccount_id, ${NAMES('c.')}) @@ $2
       and ($3 is null or c.id < $3)
     order by c.id desc limit $4`,
    'subaccount, search_query(subaccount, words), before, max_rows',
  ),
];

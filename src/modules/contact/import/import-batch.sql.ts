import { PreparedStatement } from '../../../platform/database/prepared-statement.js';

/** Transaction-long, as the contact directory locks the numbers of messages; in one order. $1 subaccount, $2 numbers. */
export const LOCK_NUMBERS = new PreparedStatement(
  'import_lock_numbers',
  `select count(pg_advisory_xact_lock(hashtextextended('contact_identity:' || $1::text || ':PHONE:' || n.value, 0)))
   from (select value from unnest($2::text[]) as u (value) order by value) n`,
);

export interface KnownContact {
  readonly id: string;
  readonly phoneNumber: string;
}

/** Held against a merge and other changes. $1 subaccount, $2 numbers. */
export const HOLD_KNOWN = new PreparedStatement<KnownContact>(
  'import_hold_known',
  `select c.id, i.value as "phoneNumber" from contact_identity i join contact c on c.id = i.contact_id
   where i.subaccount_id = $1 and i.kind = 'PHONE' and i.value = any ($2::text[])
   order by c.id for no key update of c`,
);

/** $1 agency, $2 subaccount, $3 time, $4 contacts. */
export const INSERT_NEW = new PreparedStatement(
  'import_insert_new',
  `with given as (
     select * from jsonb_to_recordset($4::jsonb) as r (id uuid, phone text, name text, opted_out boolean)
   ), made as (
     insert into contact (id, agency_id, subaccount_id, name, phone_number, opted_out_at, version, created_at, updated_at)
     select id, $1, $2, name, phone, case when opted_out then $3::timestamptz end, 1, $3, $3 from given
   )
   insert into contact_identity (subaccount_id, kind, value, agency_id, contact_id)
   select $2, 'PHONE', phone, $1, id from given`,
);

/** Those that got a tag that they did not have. $1 agency, $2 subaccount, $3 contacts with tags. */
export const ADD_TAGS = new PreparedStatement<{ readonly id: string }>(
  'import_add_tags',
  `insert into contact_tag (contact_id, tag, agency_id, subaccount_id)
   select r.id, r.tag, $1, $2 from jsonb_to_recordset($3::jsonb) as r (id uuid, tag text)
   on conflict do nothing returning contact_id as id`,
);

/** Those of which a field says something else now. $1 agency, $2 subaccount, $3 values. */
export const SET_VALUES = new PreparedStatement<{ readonly id: string }>(
  'import_set_values',
  `insert into contact_field_value as v (contact_id, field_id, agency_id, subaccount_id, value, number)
   select r.id, r.field, $1, $2, r.value, r.number
   from jsonb_to_recordset($3::jsonb) as r (id uuid, field uuid, value text, number double precision)
   on conflict (contact_id, field_id) do update set value = excluded.value, number = excluded.number
   where v.value <> excluded.value
   returning v.contact_id as id`,
);

/** Those that changed, by what is given here or before ($3). $1 contacts, $2 time. */
export const UPDATE_KNOWN = new PreparedStatement<{ readonly id: string }>(
  'import_update_known',
  `update contact c set
     name = coalesce(r.name, c.name),
     opted_out_at = case when r.opted_out then coalesce(c.opted_out_at, $2::timestamptz) else c.opted_out_at end,
     version = c.version + 1,
     updated_at = $2
   from jsonb_to_recordset($1::jsonb) as r (id uuid, name text, opted_out boolean)
   where c.id = r.id and (
     c.id = any ($3::uuid[]) or (r.name is not null and r.name is distinct from c.name)
     or (r.opted_out and c.opted_out_at is null)
   )
   returning c.id`,
);

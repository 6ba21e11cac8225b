import { Migration } from '@mikro-orm/migrations';

/** What people know about contacts: tags, fields of their own, notes, who wants no messages, and which contacts became one. */
export class Contacts extends Migration {
  override up(): void {
    for (const statement of [...CONTACT, ...TABLES]) this.addSql(statement);
    for (const table of NEW_TABLES) {
      this.addSql(`alter table ${table} enable row level security`);
      this.addSql(`alter table ${table} force row level security`);
      this.addSql(`create policy ${table}_tenant on ${table} using (${IN_SCOPE}) with check (${IN_SCOPE})`);
      this.addSql(`create policy ${table}_owner on ${table} to current_user using (true) with check (true)`);
    }
  }

  override down(): void {
    throw new Error('migrations only go forward; restore a backup instead');
  }
}

const NEW_TABLES = [
  'contact_tag',
  'contact_field',
  'contact_field_value',
  'contact_note',
  'contact_merge',
  'contact_settings',
];

const IN_SCOPE = `agency_id = (select app_agency_id())
  and ((select app_all_subaccounts()) or subaccount_id = any ((select app_subaccount_ids())::uuid[]))`;

const CONTACT = [
  // The key is what contacts of one name have in common. Functions of a column use no index under row-level security, columns do.
  `alter table contact
     add column opted_out_at timestamptz,
     add column blocked_at timestamptz,
     add column version integer not null default 1,
     add column name_key text collate "C" generated always as (
       nullif(lower(btrim(left(regexp_replace(coalesce(name, push_name), '\\s+', ' ', 'g'), 200))), '')
     ) stored`,
  `create index contact_list on contact (subaccount_id, id)`,
  `create index contact_name_key on contact (subaccount_id, name_key, id) where name_key is not null`,
  `create index contact_opted_out on contact (subaccount_id, id) where opted_out_at is not null`,
  `create index contact_blocked on contact (subaccount_id, id) where blocked_at is not null`,
];

const TABLES = [
  `create table contact_tag (
     contact_id uuid not null,
     tag text collate "C" not null,
     agency_id uuid not null,
     subaccount_id uuid not null,
     primary key (contact_id, tag),
     foreign key (agency_id, subaccount_id, contact_id) references contact (agency_id, subaccount_id, id) on delete cascade
   )`,
  `create index contact_tag_contacts on contact_tag (subaccount_id, tag, contact_id)`,
  `create table contact_field (
     id uuid primary key,
     agency_id uuid not null,
     subaccount_id uuid not null,
     key text collate "C" not null,
     label text not null,
     type text not null check (type in ('TEXT', 'NUMBER', 'BOOLEAN', 'DATE', 'SELECT')),
     options text[] not null default '{}',
     created_at timestamptz not null,
     updated_at timestamptz not null,
     unique (agency_id, subaccount_id, id),
     unique (subaccount_id, key),
     foreign key (agency_id, subaccount_id) references subaccount (agency_id, id)
   )`,
  `create index contact_field_list on contact_field (subaccount_id, id)`,
  // Every type has a text that sorts as its values do, but for numbers, which have a column of their own.
  `create table contact_field_value (
     contact_id uuid not null,
     field_id uuid not null,
     agency_id uuid not null,
     subaccount_id uuid not null,
     value text collate "C" not null,
     number double precision,
     primary key (contact_id, field_id),
     foreign key (agency_id, subaccount_id, contact_id) references contact (agency_id, subaccount_id, id) on delete cascade,
     foreign key (agency_id, subaccount_id, field_id) references contact_field (agency_id, subaccount_id, id) on delete cascade
   )`,
  `create index contact_field_value_contacts on contact_field_value (field_id, value, contact_id)`,
  `create index contact_field_value_numbers on contact_field_value (field_id, number, contact_id) where number is not null`,
  `create table contact_note (
     id uuid primary key,
     agency_id uuid not null,
     subaccount_id uuid not null,
     contact_id uuid not null,
     author_id uuid,
     body text not null,
     created_at timestamptz not null,
     updated_at timestamptz not null,
     unique (agency_id, subaccount_id, id),
     foreign key (agency_id, subaccount_id, contact_id) references contact (agency_id, subaccount_id, id) on delete cascade,
     foreign key (agency_id, author_id) references app_user (agency_id, id)
   )`,
  `create index contact_note_list on contact_note (contact_id, id)`,
  // What is known of a contact that became part of another one, for as long as that one is there.
  `create table contact_merge (
     id uuid primary key,
     agency_id uuid not null,
     subaccount_id uuid not null,
     contact_id uuid not null,
     merged_contact_id uuid not null unique,
     merged_name text,
     merged_phone_number text,
     cause text not null check (cause in ('WHATSAPP', 'PERSON')),
     merged_by uuid,
     merged_at timestamptz not null,
     foreign key (agency_id, subaccount_id, contact_id) references contact (agency_id, subaccount_id, id) on delete cascade,
     foreign key (agency_id, merged_by) references app_user (agency_id, id)
   )`,
  `create index contact_merge_contact on contact_merge (contact_id, id)`,
  `create table contact_settings (
     subaccount_id uuid primary key,
     agency_id uuid not null,
     opt_out_words text[] not null,
     opt_in_words text[] not null,
     updated_at timestamptz not null,
     foreign key (agency_id, subaccount_id) references subaccount (agency_id, id)
   )`,
];

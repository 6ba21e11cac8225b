import { Migration } from '@mikro-orm/migrations';

/**
 * Who did what. Entries are only ever added: the application may insert and read, and not even the owner of the table changes or deletes
 * a row. It is partitioned by month of its UUIDv7 id, which is the time of what happened; the retention drops whole months.
 */
export class Audit extends Migration {
  override up(): void {
    for (const statement of [...TABLE, ...INDEXES, ...FUNCTIONS]) this.addSql(statement);
    this.addSql('alter table audit_entry enable row level security');
    this.addSql('alter table audit_entry force row level security');
    this.addSql(
      `create policy audit_entry_tenant on audit_entry using (${IN_SCOPE}) with check (${IN_SCOPE})`,
    );
    this.addSql(
      'create policy audit_entry_owner on audit_entry to current_user using (true) with check (true)',
    );
    for (const statement of READER) this.addSql(statement);
    this.addSql('select ensure_audit_partitions(now())');
  }

  override down(): void {
    throw new Error('migrations only go forward; restore a backup instead');
  }
}

/** Entries of the agency itself have no subaccount and need a scope over all of it. */
const IN_SCOPE = `agency_id = (select app_agency_id())
  and ((select app_all_subaccounts()) or subaccount_id = any ((select app_subaccount_ids())::uuid[]))`;

const TABLE = [
  `create table audit_entry (
     id uuid primary key,
     agency_id uuid not null references agency (id),
     subaccount_id uuid,
     event_id uuid not null,
     action text not null,
     actor jsonb,
     actor_id uuid,
     ip_address text,
     target_type text,
     target_id uuid,
     facts jsonb not null,
     foreign key (agency_id, subaccount_id) references subaccount (agency_id, id)
   ) partition by range (id)`,
  `create function refuse_change_of_audit() returns trigger language plpgsql as $$
   begin
     raise exception 'the audit log is only added to' using errcode = 'insufficient_privilege';
   end $$`,
  `create trigger audit_entry_append_only before update or delete on audit_entry
     for each row execute function refuse_change_of_audit()`,
  `create trigger audit_entry_no_truncate before truncate on audit_entry
     for each statement execute function refuse_change_of_audit()`,
];

const INDEXES = [
  'create index audit_entry_agency on audit_entry (agency_id, id)',
  'create index audit_entry_subaccount on audit_entry (subaccount_id, id) where subaccount_id is not null',
  'create index audit_entry_action on audit_entry (agency_id, action, id)',
  'create index audit_entry_actor on audit_entry (agency_id, actor_id, id) where actor_id is not null',
  'create index audit_entry_target on audit_entry (agency_id, target_id, id) where target_id is not null',
];

const FUNCTIONS = [
  // Last month, for what is read late, to three months ahead; run at every migration and daily.
  `create function ensure_audit_partitions(at timestamptz) returns void language plpgsql security definer
     set search_path = public, pg_temp set timezone = 'UTC' as $$
   declare
     month timestamptz;
     name text;
   begin
     for offset_months in -1..3 loop
       month := date_trunc('month', at) + make_interval(months => offset_months);
       name := 'audit_entry_' || to_char(month, 'YYYYMM');
       if to_regclass('public.' || name) is null then
         execute format('create table %I partition of audit_entry for values from (%L) to (%L)',
           name, message_partition_bound(month), message_partition_bound(month + interval '1 month'));
       end if;
     end loop;
   end $$`,
  // Months that ended before; returns how many.
  `create function drop_audit_partitions(ended_before timestamptz) returns bigint language plpgsql security definer
     set search_path = public, pg_temp set timezone = 'UTC' as $$
   declare
     month record;
     dropped bigint := 0;
   begin
     for month in
       select c.relname as name from pg_inherits i join pg_class c on c.oid = i.inhrelid
       where i.inhparent = 'audit_entry'::regclass
         and to_date(right(c.relname, 6), 'YYYYMM') + interval '1 month' <= ended_before
     loop
       execute format('drop table %I', month.name);
       dropped := dropped + 1;
     end loop;
     return dropped;
   end $$`,
];

/** Every stream is read from its first event, so that the log keeps what was not taken over. */
const READER = [
  `insert into event_reader (name, stream_id, seq, updated_at)
     select 'audit', id, first_seq - 1, now() from event_stream`,
  `create function read_stream_for_audit() returns trigger language plpgsql as $$
   begin
     insert into event_reader (name, stream_id, seq, updated_at) values ('audit', new.id, 0, now());
     return null;
   end $$`,
  `create trigger event_stream_audit after insert on event_stream
     for each row execute function read_stream_for_audit()`,
];

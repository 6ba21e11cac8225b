import { Migration } from '@mikro-orm/migrations';

/** What people read here, told to WhatsApp where a device wants that. */
export class ReadMarks extends Migration {
  override up(): void {
    this.addSql('alter table device add column send_read_receipts boolean not null default false');
    // Read here and not told yet: so many of the received messages up to this one.
    this.addSql(
      `create table read_mark (
         conversation_id uuid primary key,
         agency_id uuid not null,
         subaccount_id uuid not null,
         device_id uuid not null,
         message_id uuid not null,
         count integer not null check (count > 0),
         foreign key (agency_id, subaccount_id, conversation_id)
           references conversation (agency_id, subaccount_id, id) on delete cascade
       )`,
    );
    this.addSql('create index read_mark_device on read_mark (device_id, message_id)');
    this.addSql('alter table read_mark enable row level security');
    this.addSql('alter table read_mark force row level security');
    this.addSql(`create policy read_mark_tenant on read_mark using (${IN_SCOPE}) with check (${IN_SCOPE})`);
    this.addSql('create policy read_mark_owner on read_mark to current_user using (true) with check (true)');
  }

  override down(): void {
    throw new Error('migrations only go forward; restore a backup instead');
  }
}

const IN_SCOPE = `agency_id = (select app_agency_id())
  and ((select app_all_subaccounts()) or subaccount_id = any ((select app_subaccount_ids())::uuid[]))
  and ((select app_device_id()) is null or device_id = (select app_device_id()))`;

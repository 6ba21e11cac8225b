import { Migration } from '@mikro-orm/migrations';

/** Texts that a team writes again and again. */
export class CannedReplies extends Migration {
  override up(): void {
    this.addSql(
      `create table canned_reply (
         id uuid primary key,
         agency_id uuid not null,
         subaccount_id uuid not null,
         shortcut text not null,
         text text not null,
         created_at timestamptz not null,
         updated_at timestamptz not null,
         unique (subaccount_id, shortcut),
         foreign key (agency_id, subaccount_id) references subaccount (agency_id, id)
       )`,
    );
    this.addSql('create index canned_reply_list on canned_reply (subaccount_id, id)');
    this.addSql('alter table canned_reply enable row level security');
    this.addSql('alter table canned_reply force row level security');
    this.addSql(
      `create policy canned_reply_tenant on canned_reply using (${IN_SCOPE}) with check (${IN_SCOPE})`,
    );
    this.addSql(
      `create policy canned_reply_owner on canned_reply to current_user using (true) with check (true)`,
    );
  }

  override down(): void {
    throw new Error('migrations only go forward; restore a backup instead');
  }
}

const IN_SCOPE = `agency_id = (select app_agency_id())
  and ((select app_all_subaccounts()) or subaccount_id = any ((select app_subaccount_ids())::uuid[]))`;

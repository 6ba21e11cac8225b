import { Migration } from '@mikro-orm/migrations';

/** Teams of a subaccount with their members, and who made an event happen. */
export class Teams extends Migration {
  override up(): void {
    for (const statement of TABLES) this.addSql(statement);
    for (const table of ['team', 'team_member']) {
      this.addSql(`alter table ${table} enable row level security`);
      this.addSql(`alter table ${table} force row level security`);
      this.addSql(`create policy ${table}_tenant on ${table} using (${IN_SCOPE}) with check (${IN_SCOPE})`);
      this.addSql(`create policy ${table}_owner on ${table} to current_user using (true) with check (true)`);
    }
    // Null for events from before; the address is for the audit log alone.
    this.addSql('alter table event add column actor jsonb, add column ip_address text');
  }

  override down(): void {
    throw new Error('migrations only go forward; restore a backup instead');
  }
}

const IN_SCOPE = `agency_id = (select app_agency_id())
  and ((select app_all_subaccounts()) or subaccount_id = any ((select app_subaccount_ids())::uuid[]))`;

const TABLES = [
  `create table team (
     id uuid primary key,
     agency_id uuid not null,
     subaccount_id uuid not null,
     name text not null,
     created_at timestamptz not null,
     updated_at timestamptz not null,
     unique (agency_id, subaccount_id, id),
     foreign key (agency_id, subaccount_id) references subaccount (agency_id, id)
   )`,
  `create unique index team_name on team (subaccount_id, lower(name))`,
  `create index team_list on team (subaccount_id, id)`,
  `create table team_member (
     team_id uuid not null,
     user_id uuid not null,
     agency_id uuid not null,
     subaccount_id uuid not null,
     added_at timestamptz not null,
     primary key (team_id, user_id),
     foreign key (agency_id, subaccount_id, team_id) references team (agency_id, subaccount_id, id) on delete cascade,
     foreign key (agency_id, user_id) references app_user (agency_id, id)
   )`,
  `create index team_member_user on team_member (user_id, subaccount_id)`,
];

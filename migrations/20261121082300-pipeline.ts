import { Migration } from '@mikro-orm/migrations';

/** Pipelines, their stages, and the deals in them. */
export class Pipeline extends Migration {
  override up(): void {
    for (const statement of TABLES) this.addSql(statement);
    for (const table of ['pipeline', 'pipeline_stage', 'deal', 'deal_tag', 'deal_move']) {
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

const IN_SCOPE = `agency_id = (select app_agency_id())
  and ((select app_all_subaccounts()) or subaccount_id = any ((select app_subaccount_ids())::uuid[]))`;

const TABLES = [
  `create table pipeline (
     id uuid primary key,
     agency_id uuid not null,
     subaccount_id uuid not null,
     name text not null,
     created_at timestamptz not null,
     updated_at timestamptz not null,
     unique (agency_id, subaccount_id, id),
     foreign key (agency_id, subaccount_id) references subaccount (agency_id, id)
   )`,
  `create index pipeline_list on pipeline (subaccount_id, id)`,
  `create table pipeline_stage (
     id uuid primary key,
     agency_id uuid not null,
     subaccount_id uuid not null,
     pipeline_id uuid not null,
     name text not null,
     kind text not null check (kind in ('OPEN', 'WON', 'LOST')),
     position integer not null,
     created_at timestamptz not null,
     unique (agency_id, subaccount_id, pipeline_id, id),
     foreign key (agency_id, subaccount_id, pipeline_id) references pipeline (agency_id, subaccount_id, id)
   )`,
  `create index pipeline_stage_list on pipeline_stage (pipeline_id, position)`,
  // The rank orders a stage. It compares byte by byte in every database, as the library that makes ranks does; a stage may be ranked
  // anew in one statement.
  `create table deal (
     id uuid primary key,
     agency_id uuid not null,
     subaccount_id uuid not null,
     pipeline_id uuid not null,
     stage_id uuid not null,
     status text not null check (status in ('OPEN', 'WON', 'LOST')),
     rank text collate "C" not null,
     title text not null,
     contact_id uuid,
     owner_id uuid,
     value_minor bigint check (value_minor >= 0),
     currency text,
     expected_close_on date,
     lost_reason text,
     version integer not null,
     closed_at timestamptz,
     created_at timestamptz not null,
     updated_at timestamptz not null,
     unique (agency_id, subaccount_id, id),
     constraint deal_board unique (stage_id, rank) deferrable initially immediate,
     check ((value_minor is null) = (currency is null)),
     check ((status = 'OPEN') = (closed_at is null)),
     check (lost_reason is null or status = 'LOST'),
     foreign key (agency_id, subaccount_id, pipeline_id, stage_id)
       references pipeline_stage (agency_id, subaccount_id, pipeline_id, id),
     foreign key (agency_id, subaccount_id, contact_id) references contact (agency_id, subaccount_id, id),
     foreign key (agency_id, owner_id) references app_user (agency_id, id)
   )`,
  `create index deal_status on deal (subaccount_id, status, id)`,
  `create index deal_pipeline on deal (pipeline_id, id)`,
  `create index deal_stage on deal (stage_id, id)`,
  `create index deal_contact on deal (contact_id, id) where contact_id is not null`,
  `create index deal_of_owner on deal (subaccount_id, owner_id, id) where owner_id is not null`,
  `create table deal_tag (
     deal_id uuid not null,
     tag text collate "C" not null,
     agency_id uuid not null,
     subaccount_id uuid not null,
     primary key (deal_id, tag),
     foreign key (agency_id, subaccount_id, deal_id) references deal (agency_id, subaccount_id, id) on delete cascade
   )`,
  `create index deal_tag_deals on deal_tag (subaccount_id, tag, deal_id)`,
  // Names of stages are kept: a stage may be removed when it is empty, what happened stays readable.
  `create table deal_move (
     id uuid primary key,
     agency_id uuid not null,
     subaccount_id uuid not null,
     deal_id uuid not null,
     from_stage_id uuid,
     from_stage_name text,
     to_stage_id uuid not null,
     to_stage_name text not null,
     moved_by uuid,
     moved_at timestamptz not null,
     foreign key (agency_id, subaccount_id, deal_id) references deal (agency_id, subaccount_id, id) on delete cascade,
     foreign key (agency_id, moved_by) references app_user (agency_id, id)
   )`,
  `create index deal_move_deal on deal_move (deal_id, id)`,
];

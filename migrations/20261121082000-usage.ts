import { Migration } from '@mikro-orm/migrations';

/** How many messages of each device went where, by day of its subaccount's time zone. Counted from the event log by a stored reader. */
export class Usage extends Migration {
  override up(): void {
    for (const statement of TABLES) this.addSql(statement);
    const condition = `agency_id = (select app_agency_id())
      and ((select app_all_subaccounts()) or subaccount_id = any ((select app_subaccount_ids())::uuid[]))
      and ((select app_device_id()) is null or device_id = (select app_device_id()))`;
    this.addSql('alter table usage_day enable row level security');
    this.addSql('alter table usage_day force row level security');
    this.addSql(`create policy usage_day_tenant on usage_day using (${condition}) with check (${condition})`);
    this.addSql('create policy usage_day_owner on usage_day to current_user using (true) with check (true)');
    for (const statement of FUNCTIONS) this.addSql(statement);
  }

  override down(): void {
    throw new Error('migrations only go forward; restore a backup instead');
  }
}

const TABLES = [
  `create table usage_day (
     device_id uuid not null,
     day date not null,
     pool text not null check (pool in ('FREE', 'PRO', 'UNLIMITED')),
     agency_id uuid not null,
     subaccount_id uuid not null,
     accepted integer not null,
     sent integer not null,
     delivered integer not null,
     read integer not null,
     failed integer not null,
     expired integer not null,
     canceled integer not null,
     primary key (device_id, day, pool),
     foreign key (agency_id, subaccount_id, device_id) references device (agency_id, subaccount_id, id)
   )`,
  `create index usage_day_subaccount on usage_day (subaccount_id, day, device_id, pool)`,
  `create index usage_day_agency on usage_day (agency_id, day, device_id, pool)`,
];

const FUNCTIONS = [
  // Streams of subaccounts, whose ids they have, with events that were not counted yet.
  `create function list_streams_with_usage_news(max_rows integer) returns table (id uuid, agency_id uuid)
     language sql stable security definer set search_path = public, pg_temp as $$
     select s.id, s.agency_id from event_stream s join subaccount a on a.id = s.id
     left join event_reader r on r.name = 'usage' and r.stream_id = s.id
     where s.last_seq > coalesce(r.seq, 0) limit max_rows $$`,
];

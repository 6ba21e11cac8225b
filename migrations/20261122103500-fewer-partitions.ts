import { Migration } from '@mikro-orm/migrations';

/**
 * Every statement about messages opens each partition with all of its indexes, also those for months to come: that was the larger part of
 * what claiming one message cost. The next month is made four weeks before it begins, by a job that runs every day and at each start; the
 * last one is there on the first of a month, for a clock that is behind.
 */
export class FewerPartitions extends Migration {
  override up(): void {
    this.addSql(
      `create or replace function ensure_message_partitions(at timestamptz) returns void language plpgsql security definer
         set search_path = public, pg_temp set timezone = 'UTC' as $$
       declare
         first timestamptz := date_trunc('month', at - interval '1 day');
         month timestamptz;
         name text;
       begin
         for month in select generate_series(first, date_trunc('month', at) + interval '1 month', interval '1 month') loop
           name := 'message_' || to_char(month, 'YYYYMM');
           if to_regclass('public.' || name) is null then
             execute format('create table %I partition of message for values from (%L) to (%L)',
               name, message_partition_bound(month), message_partition_bound(month + interval '1 month'));
           end if;
         end loop;
       end $$`,
    );
    // What was made too early and holds nothing.
    this.addSql(
      `do $$
       declare
         part regclass;
         used boolean;
       begin
         for part in select inhrelid::regclass from pg_inherits where inhparent = 'message'::regclass loop
           execute format('select exists (select from %s)', part) into used;
           if not used then
             execute format('alter table message detach partition %s', part);
             execute format('drop table %s', part);
           end if;
         end loop;
         perform ensure_message_partitions(now());
       end $$`,
    );
  }

  override down(): void {
    throw new Error('migrations only go forward; restore a backup instead');
  }
}

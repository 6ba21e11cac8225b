import { Migration } from '@mikro-orm/migrations';

/**
 * The sweep walks all devices that are connected and have something due, page by page. Before, any five hundred devices with something
 * due were its answer, connected or not, so that five hundred that could not send hid all others from it.
 */
export class DueMessages extends Migration {
  override up(): void {
    this.addSql('drop function list_devices_with_due_messages(smallint[], timestamptz, integer)');
    this.addSql(
      `create function list_devices_with_due_messages(shards smallint[], at timestamptz, after_id uuid, max_rows integer)
         returns table (id uuid, agency_id uuid, subaccount_id uuid)
         language sql stable security definer set search_path = public, pg_temp as $$
         select d.id, d.agency_id, d.subaccount_id from device d
         where d.shard = any (shards) and d.link in ('PAIRED', 'PAIRING') and d.connection = 'OPEN' and not d.suspended
           and (after_id is null or d.id > after_id) and (d.sends_held_until is null or d.sends_held_until <= at)
           and exists (select 1 from message m where m.device_id = d.id and m.due_at is not null and m.due_at <= at)
         order by d.id limit max_rows $$`,
    );
  }
}

import { Migration } from '@mikro-orm/migrations';

/** What waits, for machines that watch: counts and ages over all tenants that name none of them. */
export class Backlog extends Migration {
  override up(): void {
    // Of messages, only those that could leave: their device is connected and not held, nothing of the same conversation is before them.
    this.addSql(
      `create function measure_backlog(shards smallint[], at timestamptz)
         returns table (figure text, label text, value double precision)
         language sql stable security definer set search_path = public, pg_temp as $$
         select 'devices', d.status, count(*)::double precision from device d
         where d.shard = any (shards) and d.deleted_at is null group by d.status
         union all
         select 'lag', 'outbox', coalesce(extract(epoch from at - min(m.due_at)), 0)::double precision
         from message m join device d on d.id = m.device_id
         where m.shard = any (shards) and m.due_at <= at and m.status in ('PENDING', 'SCHEDULED')
           and d.status = 'CONNECTED' and coalesce(d.sends_held_until, at) <= at and coalesce(d.new_chats_held_until, at) <= at
           and not exists (
             select 1 from message e where e.conversation_id = m.conversation_id and e.id < m.id and e.due_at is not null)
         union all
         select 'lag', 'inbox', coalesce(extract(epoch from at - min(i.due_at)), 0)::double precision
         from inbox i join device d on d.id = i.device_id where d.shard = any (shards) and i.due_at <= at
         union all
         select 'lag', r.name, greatest(coalesce(extract(epoch from at - min(e.occurred_at)), 0), 0)::double precision
         from event_reader r
         left join event_stream s on s.id = r.stream_id and s.last_seq > r.seq
         left join lateral (
           select n.occurred_at from event n where n.stream_id = s.id and n.seq > r.seq order by n.seq limit 1) e on true
         group by r.name $$`,
    );
  }

  override down(): void {
    throw new Error('migrations only go forward; restore a backup instead');
  }
}

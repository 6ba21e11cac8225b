import { Migration } from '@mikro-orm/migrations';

/**
 * Each index of what waits serves its own question only. They held the same rows, and PostgreSQL took any of them for as good as the right
 * one whenever it had last seen the queue empty, as it mostly is: it read everything that waited in all tenants, for each message that it
 * looked at. A comparison with the leading column says that this column is not null, and nothing else does; where two indexes lead with the
 * same one, the statements say which they mean.
 */
export class QueueIndexes extends Migration {
  override up(): void {
    for (const [name, columns, own] of INDEXES) {
      this.addSql(`drop index ${name}`);
      this.addSql(`create index ${name} on message (${columns}) where due_at is not null and ${own}`);
    }
    // `shard = any (…)` is no such comparison: nothing is equal to an element of none.
    this.addSql(
      `create or replace function measure_backlog(shards smallint[], at timestamptz)
         returns table (figure text, label text, value double precision)
         language sql stable security definer set search_path = public, pg_temp as $$
         select 'devices', d.status, count(*)::double precision from device d
         where d.shard = any (shards) and d.deleted_at is null group by d.status
         union all
         select 'lag', 'outbox', coalesce(extract(epoch from at - min(m.due_at)), 0)::double precision
         from message m join device d on d.id = m.device_id
         where m.shard = any (shards) and m.shard >= 0 and m.due_at <= at and m.status in ('PENDING', 'SCHEDULED')
           and d.status = 'CONNECTED' and coalesce(d.sends_held_until, at) <= at and coalesce(d.new_chats_held_until, at) <= at
           and not exists (
             select 1 from message e
             where e.conversation_id = m.conversation_id and e.id < m.id and e.due_at is not null and e.direction = 'OUTBOUND')
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

const INDEXES = [
  ['message_queue', 'device_id, priority, id', 'device_id is not null'],
  [
    'message_held_back',
    'conversation_id, priority, id',
    'conversation_id is not null and priority is not null',
  ],
  ['message_outbox', 'conversation_id, id', `direction = 'OUTBOUND'`],
  ['message_waiting', 'subaccount_id, id', 'subaccount_id is not null'],
  ['message_due', 'shard, due_at', 'shard >= 0'],
] as const;

import { Migration } from '@mikro-orm/migrations';

/** What waits for devices, when they log in: asked for those of a process together. */
export class WaitingWork extends Migration {
  override up(): void {
    this.addSql(
      `create function find_waiting_work(device_ids uuid[], at timestamptz)
         returns table (id uuid, sends boolean, unsettled boolean, inbox boolean, reads boolean, files boolean)
         language sql stable security definer set search_path = public, pg_temp as $$
         select d.id,
           exists (select 1 from message m where m.device_id = d.id and m.due_at is not null and m.due_at <= at),
           exists (select 1 from message_attempt a where a.device_id = d.id and a.outcome = 'IN_PROGRESS'),
           exists (select 1 from inbox i where i.device_id = d.id and i.due_at is not null and i.due_at <= at),
           exists (select 1 from read_mark r where r.device_id = d.id),
           exists (select 1 from message_media f
                   where f.device_id = d.id and f.source_url is null and f.state = 'PENDING' and f.due_at <= at)
         from unnest(device_ids) as d (id) $$`,
    );
  }

  override down(): void {
    throw new Error('migrations only go forward; restore a backup instead');
  }
}

import { Migration } from '@mikro-orm/migrations';

/** Streams with news, for any reader of the event log whose place is stored. */
export class StreamNews extends Migration {
  override up(): void {
    this.addSql(
      `create function list_streams_with_news(reader text, max_rows integer) returns table (id uuid, agency_id uuid)
       language sql stable security definer set search_path = public, pg_temp as $$
       select s.id, s.agency_id from event_reader r join event_stream s on s.id = r.stream_id
       where r.name = reader and s.last_seq > r.seq limit max_rows $$`,
    );
    // A process of before reads on when it is replaced: what it made deliveries of is delivered meanwhile.
    this.addSql('drop function list_streams_with_webhook_news');
  }

  override down(): void {
    throw new Error('migrations only go forward; restore a backup instead');
  }
}

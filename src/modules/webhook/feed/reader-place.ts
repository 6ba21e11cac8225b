import type { EntityManager } from '@mikro-orm/postgresql';

/** The reader of webhooks among the stored readers of the event log. */
const READER = 'webhook';

interface Place {
  readonly seq: string;
}

/**
 * Makes sure that a subaccount's stream is read, from now on if it was not. Whoever calls it holds the reader's row to the end of the
 * transaction, so that a reader that is about to retire sees the new endpoint. Returns the place of the latest event.
 */
export async function claimReader(em: EntityManager, subaccountId: string): Promise<number> {
  const [place] = await em.execute<Place[]>(
    `with stream as (select coalesce(max(last_seq), 0) as seq from event_stream where id = ?),
     reader as (
       insert into event_reader as r (name, stream_id, seq, updated_at)
       select '${READER}', ?, seq, now() from stream
       on conflict (name, stream_id) do update set updated_at = excluded.updated_at
     )
     select seq from stream`,
    [subaccountId, subaccountId],
  );
  return Number(place?.seq ?? 0);
}

/** Takes the place where to go on reading; null when somebody else has it or nobody is to read. */
export async function takeReader(em: EntityManager, subaccountId: string): Promise<number | null> {
  const [place] = await em.execute<Place[]>(
    `select seq from event_reader where name = '${READER}' and stream_id = ? for update skip locked`,
    [subaccountId],
  );
  return place === undefined ? null : Number(place.seq);
}

export async function moveReader(em: EntityManager, subaccountId: string, seq: number): Promise<void> {
  await em.execute(
    `update event_reader set seq = ?, updated_at = now() where name = '${READER}' and stream_id = ?`,
    [seq, subaccountId],
  );
}

/** Nobody wants to know any more: nothing is kept back for the reader, and nobody looks at the stream. */
export async function retireReader(em: EntityManager, subaccountId: string): Promise<void> {
  await em.execute(`delete from event_reader where name = '${READER}' and stream_id = ?`, [subaccountId]);
}

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

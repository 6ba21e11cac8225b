import type { EntityManager } from '@mikro-orm/postgresql';
import type { StoredEvent } from '../../kernel/events.js';
import { toStoredEvents } from './stored-event.js';
import type { EventRow } from './stored-event.js';

/** The next events of a subaccount's stream, inside the transaction that moves the reader. */
export async function readEvents(
  em: EntityManager,
  subaccountId: string,
  after: number,
  limit: number,
): Promise<readonly StoredEvent[]> {
  const rows = await em.execute<EventRow[]>(
    `select seq, topic, payload, actor, occurred_at from event
     where stream_id = ? and seq > ? order by seq limit ?`,
    [subaccountId, after, limit],
  );
  return toStoredEvents(subaccountId, rows);
}

import type { EntityManager } from '@mikro-orm/postgresql';
import type { EventActor, EventTopic, StoredEvent } from '../../kernel/events.js';

interface Row {
  readonly seq: string;
  readonly topic: EventTopic;
  readonly payload: Record<string, unknown>;
  readonly actor: EventActor | null;
  readonly occurred_at: string;
}

/** The next events of a subaccount's stream, inside the transaction that moves the reader. */
export async function readEvents(
  em: EntityManager,
  subaccountId: string,
  after: number,
  limit: number,
): Promise<readonly StoredEvent[]> {
  const rows = await em.execute<Row[]>(
    `select seq, topic, payload, actor, occurred_at from event
     where stream_id = ? and seq > ? order by seq limit ?`,
    [subaccountId, after, limit],
  );
  return rows.map((row) => ({
    streamId: subaccountId,
    subaccountId,
    seq: Number(row.seq),
    topic: row.topic,
    payload: row.payload,
    actor: row.actor,
    occurredAt: new Date(row.occurred_at),
  }));
}

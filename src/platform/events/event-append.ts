import type { EntityManager } from '@mikro-orm/postgresql';
import type { Context } from '../../kernel/context.js';
import { eventActorOf } from '../../kernel/events.js';
import type { NewEvent } from '../../kernel/events.js';
import { PreparedStatement } from '../database/prepared-statement.js';

const APPEND = new PreparedStatement(
  'append_events',
  `with counter as (
     insert into event_stream as s (id, agency_id, last_seq, first_seq) values ($1, $2, $3, 1)
     on conflict (id) do update set last_seq = s.last_seq + excluded.last_seq
     returning s.last_seq
   )
   insert into event (stream_id, seq, agency_id, subaccount_id, topic, payload, occurred_at, actor, ip_address)
   select $1, c.last_seq - $3 + e.place, $2, e.subaccount_id, e.topic, e.payload, $4, $6::jsonb, $7
   from counter c, jsonb_to_recordset($5::jsonb) as e (place bigint, subaccount_id uuid, topic text, payload jsonb)`,
);

/**
 * Appends at the end of a transaction and returns the streams that have news. A stream's counter is a row that stays locked
 * until the commit, so sequence numbers have no gaps and become visible in their order: a reader that remembers only
 * where it is misses nothing. Counters are taken in the order of their ids, so that two writers cannot block each other.
 */
export async function appendEvents(
  em: EntityManager,
  ctx: Context,
  events: readonly NewEvent[],
  occurredAt: Date,
): Promise<readonly string[]> {
  if (events.length === 0) return [];
  const { agencyId } = ctx.requireScope();
  const byStream = groupByStream(events, agencyId);
  const streamIds = [...byStream.keys()].sort();
  // All are sent before this returns a promise, and run one after another.
  const appends = streamIds.map((streamId) =>
    appendToStream(em, ctx, { streamId, agencyId, occurredAt }, byStream.get(streamId) ?? []),
  );
  await Promise.all(appends);
  return streamIds;
}

function groupByStream(events: readonly NewEvent[], agencyId: string): Map<string, NewEvent[]> {
  const byStream = new Map<string, NewEvent[]>();
  for (const event of events) {
    const own = event.subaccountId ?? agencyId;
    const streamIds = event.alsoAgency === true ? new Set([own, agencyId]) : [own];
    for (const streamId of streamIds) {
      byStream.set(streamId, [...(byStream.get(streamId) ?? []), event]);
    }
  }
  return byStream;
}

interface Stream {
  readonly streamId: string;
  readonly agencyId: string;
  readonly occurredAt: Date;
}

async function appendToStream(
  em: EntityManager,
  { actor, ipAddress }: Context,
  stream: Stream,
  events: readonly NewEvent[],
): Promise<void> {
  const { streamId, agencyId, occurredAt } = stream;
  const rows = events.map(({ subaccountId, topic, payload }, index) => ({
    place: index + 1,
    subaccount_id: subaccountId,
    topic,
    payload,
  }));
  await APPEND.run(em, [
    streamId,
    agencyId,
    events.length,
    occurredAt,
    JSON.stringify(rows),
    JSON.stringify(eventActorOf(actor)),
    ipAddress,
  ]);
}

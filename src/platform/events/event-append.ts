import type { EntityManager } from '@mikro-orm/postgresql';
import type { Context } from '../../kernel/context.js';
import { eventActorOf } from '../../kernel/events.js';
import type { NewEvent } from '../../kernel/events.js';
import { PreparedStatement } from '../database/prepared-statement.js';

/** $1 streams in the order of their ids and $2 how many events each of them gets, $3 agency, $4 time, $5 the events. */
const APPEND = new PreparedStatement(
  'append_events',
  `with counter as (
     insert into event_stream as s (id, agency_id, last_seq, first_seq)
     select n.id, $3, n.events, 1 from unnest($1::uuid[], $2::bigint[]) with ordinality as n (id, events, place) order by n.place
     on conflict (id) do update set last_seq = s.last_seq + excluded.last_seq
     returning s.id, s.last_seq
   )
   insert into event (stream_id, seq, agency_id, subaccount_id, topic, payload, occurred_at, actor, ip_address)
   select c.id, c.last_seq - e.behind, $3, e.subaccount_id, e.topic, e.payload, $4, e.actor, e.ip_address
   from counter c join jsonb_to_recordset($5::jsonb)
     as e (stream uuid, behind bigint, subaccount_id uuid, topic text, payload jsonb, actor jsonb, ip_address text) on e.stream = c.id`,
);

/** Events of one context; all that is appended together is of one agency. */
interface Appended {
  readonly ctx: Context;
  readonly events: readonly NewEvent[];
}

interface Entry {
  readonly event: NewEvent;
  readonly ctx: Context;
}

/**
 * Appends at the end of a transaction and returns the streams that have news. A stream's counter is a row that stays locked
 * until the commit, so sequence numbers have no gaps and become visible in their order: a reader that remembers only
 * where it is misses nothing. Counters are taken in the order of their ids, so that two writers cannot block each other.
 */
export async function appendEvents(
  em: EntityManager,
  appended: readonly Appended[],
  occurredAt: Date,
): Promise<readonly string[]> {
  const some = appended.find(({ events }) => events.length > 0);
  if (some === undefined) return [];
  const { agencyId } = some.ctx.requireScope();
  const byStream = groupByStream(appended, agencyId);
  const streams = [...byStream].sort(([one], [other]) => (one < other ? -1 : 1));
  const streamIds = streams.map(([id]) => id);
  const counts = streams.map(([, entries]) => entries.length);
  const rows = streams.flatMap(([id, entries]) =>
    entries.map((entry, place) => rowOf(entry, id, entries.length - 1 - place)),
  );
  await APPEND.run(em, [streamIds, counts, agencyId, occurredAt, JSON.stringify(rows)]);
  return streamIds;
}

function groupByStream(appended: readonly Appended[], agencyId: string): Map<string, Entry[]> {
  const byStream = new Map<string, Entry[]>();
  for (const { ctx, events } of appended) {
    for (const event of events) {
      const own = event.subaccountId ?? agencyId;
      const streamIds = event.alsoAgency === true ? new Set([own, agencyId]) : [own];
      for (const streamId of streamIds) {
        byStream.set(streamId, [...(byStream.get(streamId) ?? []), { event, ctx }]);
      }
    }
  }
  return byStream;
}

/** `behind`: how many events of the same stream come after it. */
function rowOf({ event: { subaccountId, topic, payload }, ctx }: Entry, stream: string, behind: number) {
  return {
    stream,
    behind,
    subaccount_id: subaccountId,
    topic,
    payload,
    actor: eventActorOf(ctx.actor),
    ip_address: ctx.ipAddress,
  };
}

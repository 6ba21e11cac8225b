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
   select $1, c.last_seq - $3 + e.place, $2, e.subaccount_id, e.topic, e.payload, $4, e.actor, e.ip_address
   from counter c, jsonb_to_recordset($5::jsonb)
     as e (place bigint, subaccount_id uuid, topic text, payload jsonb, actor jsonb, ip_address text)`,
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
  const streamIds = [...byStream.keys()].sort();
  // All are sent before this returns a promise, and run one after another.
  const appends = streamIds.map((streamId) =>
    appendToStream(em, { streamId, agencyId, occurredAt }, byStream.get(streamId) ?? []),
  );
  await Promise.all(appends);
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

interface Stream {
  readonly streamId: string;
  readonly agencyId: string;
  readonly occurredAt: Date;
}

async function appendToStream(
  em: EntityManager,
  { streamId, agencyId, occurredAt }: Stream,
  entries: readonly Entry[],
): Promise<void> {
  const rows = entries.map(({ event: { subaccountId, topic, payload }, ctx }, index) => ({
    place: index + 1,
    subaccount_id: subaccountId,
    topic,
    payload,
    actor: eventActorOf(ctx.actor),
    ip_address: ctx.ipAddress,
  }));
  await APPEND.run(em, [streamId, agencyId, entries.length, occurredAt, JSON.stringify(rows)]);
}

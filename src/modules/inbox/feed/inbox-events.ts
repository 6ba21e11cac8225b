import type { EntityManager } from '@mikro-orm/postgresql';
import type { EventTopic, StoredEvent } from '../../../kernel/events.js';
import { toStoredEvents } from '../../../platform/events/stored-event.js';
import type { EventRow } from '../../../platform/events/stored-event.js';

const AT_ONCE = 500;
const TOPICS: readonly EventTopic[] = [
  'message.received',
  'message.created',
  'conversation.updated',
  'member.removed',
];

/** The next events of a subaccount that concern its inbox. */
export interface InboxEvents {
  /** Behind which they come. */
  readonly place: number;
  /** Nobody read this stream before. */
  readonly isNew: boolean;
  readonly events: readonly StoredEvent[];
  /** How far was looked. */
  readonly end: number;
  readonly isFull: boolean;
}

interface Row extends EventRow {
  readonly place: string | null;
  readonly last_seq: string;
}

/** One statement, so that place, events and the end of the stream are of the same moment. */
export async function readInboxEvents(em: EntityManager, subaccountId: string): Promise<InboxEvents> {
  const rows = await em.execute<Row[]>(
    `select r.seq as place, s.last_seq, e.* from event_stream s
     left join event_reader r on r.name = 'inbox' and r.stream_id = s.id
     left join lateral (
       select seq, topic, payload, actor, occurred_at from event
       where stream_id = s.id and seq > coalesce(r.seq, 0) and topic in (${TOPICS.map(() => '?').join(', ')})
       order by seq limit ${AT_ONCE}
     ) e on true where s.id = ? order by e.seq`,
    [...TOPICS, subaccountId],
  );
  const events = toStoredEvents(subaccountId, rows);
  const isFull = events.length === AT_ONCE;
  const place = Number(rows[0]?.place ?? 0);
  const end = isFull ? events.at(-1)?.seq : Number(rows[0]?.last_seq ?? 0);
  return { place, isNew: rows[0]?.place == null, events, end: end ?? place, isFull };
}

/** What of a message matters here; where it is now, also when its conversation was merged since. */
export interface MessageFacts {
  readonly id: string;
  readonly conversationId: string;
  readonly direction: string;
  readonly kind: string;
  readonly caughtUp: boolean;
}

/** The messages that events are about, by id. */
export async function findMessageFacts(
  em: EntityManager,
  events: readonly StoredEvent[],
): Promise<ReadonlyMap<string, MessageFacts>> {
  const ids = events.flatMap(({ payload: { messageId } }) =>
    typeof messageId === 'string' ? [messageId] : [],
  );
  if (ids.length === 0) return new Map();
  const rows = await em.execute<MessageFacts[]>(
    `select id, conversation_id as "conversationId", direction, kind, caught_up as "caughtUp"
     from message where id = any (?::uuid[])`,
    [`{${ids.join(',')}}`],
  );
  return new Map(rows.map((row) => [row.id, row]));
}

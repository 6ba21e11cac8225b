import { sql } from 'kysely';
import type { Clock } from '../../kernel/clock.js';
import type { Context } from '../../kernel/context.js';
import { kernelErrors } from '../../kernel/errors.js';
import { encodeEventCursor, eventErrors } from '../../kernel/events.js';
import type { EventCursor, EventTopic, StoredEvent } from '../../kernel/events.js';
import { asSystem } from '../../kernel/system-context.js';
import type { Database } from '../database/database.js';
import { toStoredEvents } from './stored-event.js';
import type { EventRow } from './stored-event.js';

/** A hint under this name says that something was appended to some stream. */
export const ANY_STREAM = 'any stream';

const RETENTION_MS = 72 * 60 * 60 * 1_000;
const MAX_EVENTS_PER_STREAM = 1_000_000;
const TRIM_STEP = 5_000;

export interface EventQuery {
  /** A subaccount's uuid, or the agency's for its own stream. */
  readonly streamId: string;
  /** Events after this place; null: from the oldest kept. */
  readonly after: EventCursor | null;
  readonly limit: number;
  readonly topics?: readonly EventTopic[];
}

export interface EventBatch {
  readonly events: readonly StoredEvent[];
  /** How far was looked: continue after it. Ahead of the last event when later ones have other topics. */
  readonly position: EventCursor;
}

/** The place before the oldest event that is kept, and the place of the latest. */
interface EventBounds {
  readonly oldest: EventCursor;
  readonly latest: EventCursor;
}

interface Row extends EventRow {
  readonly first_seq: string;
  readonly last_seq: string;
  readonly subaccount_id: string | null;
}

/** Reads the event log inside the caller's scope. Writing is part of {@link Database.write}. */
export class EventLog {
  readonly #database: Database;
  readonly #clock: Clock;

  constructor(database: Database, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
  }

  /** Events in order. Throws CURSOR_EXPIRED with `oldestAvailable` for a place that is not kept any more. */
  async read(ctx: Context, query: EventQuery): Promise<EventBatch> {
    const { streamId, limit, after } = query;
    if (after !== null && after.streamId !== streamId) {
      throw kernelErrors.INVALID_CURSOR({ message: 'The cursor belongs to another stream of events.' });
    }
    const rows = await this.#rows(ctx, { streamId, limit, after: after?.seq ?? 0, topics: query.topics });
    const { oldest, latest } = boundsOf(streamId, rows);
    if (after !== null && (after.seq < oldest.seq || after.seq > latest.seq)) {
      throw eventErrors.CURSOR_EXPIRED({ data: { oldestAvailable: encodeEventCursor(oldest) } });
    }
    const events = toStoredEvents(streamId, rows, (row) => row.subaccount_id);
    const seq = events.length === limit ? (events.at(-1)?.seq ?? latest.seq) : latest.seq;
    return { events, position: { streamId, seq } };
  }

  async bounds(ctx: Context, streamId: string): Promise<EventBounds> {
    return boundsOf(streamId, await this.#rows(ctx, { streamId, limit: 0, after: 0, topics: undefined }));
  }

  /** Applies the retention: 72 hours and a million events a stream, but nothing that a stored reader has not passed. Returns how many went. */
  async trim(): Promise<number> {
    const ctx = asSystem('event retention');
    const occurredBefore = new Date(this.#clock.now().getTime() - RETENTION_MS);
    for (let total = 0; ;) {
      const [row] = await this.#database.callFunction(ctx, 'trim_events', [
        occurredBefore,
        MAX_EVENTS_PER_STREAM,
        TRIM_STEP,
      ]);
      const trimmed = Number(row?.value ?? 0);
      total += trimmed;
      if (trimmed === 0) return total;
    }
  }

  /** One statement, so that the bounds and the events are of the same moment. */
  async #rows(
    ctx: Context,
    query: { streamId: string; after: number; limit: number; topics: readonly EventTopic[] | undefined },
  ): Promise<readonly Row[]> {
    requireStream(ctx, query.streamId);
    const topics = query.topics === undefined ? null : `{${query.topics.join(',')}}`;
    return this.#database.read(ctx, async (em) => {
      const { rows } = await sql<Row>`
        select s.first_seq, s.last_seq, e.* from event_stream s
        left join lateral (
          select e.seq, e.topic, e.subaccount_id, e.payload, e.actor, e.occurred_at from event e
          where e.stream_id = s.id and e.seq > ${query.after}
            and (${topics}::text[] is null or e.topic = any (${topics}::text[]))
          order by e.seq limit ${query.limit}
        ) e on true
        where s.id = ${query.streamId} order by e.seq`.execute(em.getKysely<unknown>());
      return rows;
    });
  }
}

/** The agency's own stream tells of all subaccounts, so that only a scope over all of them may read it. */
function requireStream(ctx: Context, streamId: string): void {
  const { agencyId, subaccountIds } = ctx.requireScope();
  const allowed =
    streamId === agencyId ? ctx.isAgencyWide : subaccountIds === 'all' || subaccountIds.includes(streamId);
  if (!allowed) throw kernelErrors.NOT_FOUND();
}

function boundsOf(streamId: string, rows: readonly Row[]): EventBounds {
  const [row] = rows;
  return {
    oldest: { streamId, seq: Number(row?.first_seq ?? 1) - 1 },
    latest: { streamId, seq: Number(row?.last_seq ?? 0) },
  };
}

import { Context } from '../../kernel/context.js';
import { actorSubjectOf, subjectOf } from '../../kernel/event-facts.js';
import { eventIdOf } from '../../kernel/events.js';
import type { EventActor, EventTopic } from '../../kernel/events.js';
import { newId } from '../../kernel/ids.js';
import { asSystem } from '../../kernel/system-context.js';
import type { Database } from '../../platform/database/database.js';
import type { Transaction } from '../../platform/database/transaction.js';
import type { Logger } from '../../platform/logging/logger.js';
import { StoredPlace } from '../../platform/events/stored-place.js';
import { AuditEntry } from './audit-entry.entity.js';
import { isAudited, UNAUDITED_TOPICS } from './audit.rules.js';

const STREAMS_AT_ONCE = 500;
const EVENTS_AT_ONCE = 1_000;
const PLACE = new StoredPlace('audit');

interface Row {
  readonly last_seq: string;
  readonly seq: string | null;
  readonly topic: EventTopic;
  readonly subaccount_id: string | null;
  readonly payload: Record<string, unknown>;
  readonly actor: EventActor | null;
  readonly ip_address: string | null;
  readonly occurred_at: string;
}

type Found = Row & { readonly seq: string };

/**
 * Takes what somebody did over from the event log, which forgets after days. The entries and the place in the log up to which they go are
 * stored in one transaction: each event becomes one entry, whoever dies whenever, and nobody who does something waits for it.
 */
export class AuditCollector {
  readonly #database: Database;
  readonly #logger: Logger;

  constructor(options: { readonly database: Database; readonly logger: Logger }) {
    this.#database = options.database;
    this.#logger = options.logger;
  }

  /** Goes over all streams with news once. */
  async collectAll(signal?: AbortSignal): Promise<void> {
    const streams = await this.#database.callFunction(
      asSystem('find streams with news for the audit log'),
      'list_streams_with_news',
      ['audit', STREAMS_AT_ONCE],
    );
    for (const { id: streamId, agencyId } of streams) {
      const ctx = contextOf(streamId, agencyId);
      // What is wrong with one stream holds no other back.
      await this.#collectOn(ctx, streamId, signal).catch(this.#note);
    }
  }

  async #collectOn(ctx: Context, streamId: string, signal: AbortSignal | undefined): Promise<void> {
    while (signal?.aborted !== true && (await this.collect(ctx, streamId)));
  }

  readonly #note = (error: unknown): void => {
    this.#logger.error({ err: error }, 'a stream could not be taken over into the audit log');
  };

  /** Takes over the next events of a stream; returns whether there may be more. */
  collect(ctx: Context, streamId: string): Promise<boolean> {
    return this.#database.write(ctx, async (tx) => {
      const after = await PLACE.take(tx.em, streamId);
      if (after === null) return false;
      const rows = await readLog(tx, streamId, after);
      const events = rows.filter((row): row is Found => row.seq !== null);
      const isFull = events.length === EVENTS_AT_ONCE;
      const seq = isFull ? events.at(-1)?.seq : rows[0]?.last_seq;
      // The agency's stream repeats what its subaccounts tell.
      const own = events.filter((row) => (row.subaccount_id ?? ctx.requireScope().agencyId) === streamId);
      for (const row of own.filter(({ topic, actor }) => isAudited(topic, actor))) {
        tx.em.persist(entryOf(row, streamId, ctx.requireScope().agencyId));
      }
      await PLACE.move(tx.em, streamId, Number(seq ?? after));
      return isFull;
    });
  }
}

/** The stream of an agency tells of rows that only a scope over all of it sees. */
function contextOf(streamId: string, agencyId: string): Context {
  const job = Context.forJob('audit.collect', { agencyId, subaccountId: streamId });
  return streamId === agencyId ? job.withScope({ agencyId, subaccountIds: 'all' }) : job;
}

/** One statement, so that the end of the stream and the events are of the same moment. */
function readLog(tx: Transaction, streamId: string, after: number): Promise<Row[]> {
  return tx.em.execute<Row[]>(
    `select s.last_seq, e.* from event_stream s left join lateral (
       select seq, topic, subaccount_id, payload, actor, ip_address, occurred_at from event
       where stream_id = s.id and seq > ? and topic <> all (?::text[])
       order by seq limit ${EVENTS_AT_ONCE}
     ) e on true where s.id = ? order by e.seq`,
    [after, `{${UNAUDITED_TOPICS.join(',')}}`, streamId],
  );
}

function entryOf(row: Found, streamId: string, agencyId: string): AuditEntry {
  const target = subjectOf(row.topic, row.payload);
  return Object.assign(new AuditEntry(), {
    id: newId(new Date(row.occurred_at).getTime()),
    agencyId,
    subaccountId: row.subaccount_id,
    eventId: eventIdOf({ streamId, seq: Number(row.seq) }),
    action: row.topic,
    actor: row.actor,
    actorId: row.actor === null ? null : (actorSubjectOf(row.actor)?.uuid ?? null),
    ipAddress: row.ip_address,
    targetType: target?.type ?? null,
    targetId: target?.uuid ?? null,
    facts: row.payload,
  });
}

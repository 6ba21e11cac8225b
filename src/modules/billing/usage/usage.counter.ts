import { Context } from '../../../kernel/context.js';
import { asSystem } from '../../../kernel/system-context.js';
import type { Database } from '../../../platform/database/database.js';
import type { Transaction } from '../../../platform/database/transaction.js';
import { toStoredEvents } from '../../../platform/events/stored-event.js';
import type { EventRow } from '../../../platform/events/stored-event.js';
import { getSubaccount } from '../../tenancy/index.js';
import { countUsage } from './usage.counts.js';
import type { UsageCounts, UsageKey } from './usage.counts.js';
import { dayIn } from './usage.days.js';

const STREAMS_AT_ONCE = 500;
const EVENTS_AT_ONCE = 2_000;

interface Row extends EventRow {
  readonly last_seq: string;
}

/**
 * Counts what the event log tells of messages. The counts and the place in the log up to which they go change in one transaction, so that
 * each event counts once, whoever dies whenever; accepting and sending wait for no counter.
 */
export class UsageCounter {
  readonly #database: Database;

  constructor(options: { readonly database: Database }) {
    this.#database = options.database;
  }

  /** Goes over all streams with news once. */
  async countAll(signal?: AbortSignal): Promise<void> {
    const streams = await this.#database.callFunction(
      asSystem('find streams whose usage is to be counted'),
      'list_streams_with_usage_news',
      [STREAMS_AT_ONCE],
    );
    for (const { id: subaccountId, agencyId } of streams) {
      const ctx = Context.forJob('usage.count', { agencyId, subaccountId });
      while (signal?.aborted !== true && (await this.count(ctx, subaccountId)));
    }
  }

  /** Counts the next events of a subaccount; returns whether there may be more. */
  async count(ctx: Context, subaccountId: string): Promise<boolean> {
    return this.#database.write(ctx, async (tx) => {
      const after = await lockPlace(tx, subaccountId);
      const rows = await readLog(tx, subaccountId, after);
      const events = toStoredEvents(subaccountId, rows);
      const isFull = events.length === EVENTS_AT_ONCE;
      const place = isFull ? (events.at(-1)?.seq ?? after) : Number(rows[0]?.last_seq ?? after);
      const { timezone, agencyId } = await getSubaccount(tx.em, subaccountId);
      const counts = countUsage(events, (at) => dayIn(at, timezone));
      if (counts.length > 0) await addCounts(tx, { agencyId, subaccountId }, counts);
      await tx.em.execute(
        `update event_reader set seq = ?, updated_at = now() where name = 'usage' and stream_id = ?`,
        [place, subaccountId],
      );
      return isFull;
    });
  }
}

/** The place of the last event that was counted, held to the end of the transaction. */
async function lockPlace(tx: Transaction, subaccountId: string): Promise<number> {
  await tx.em.execute(
    `insert into event_reader (name, stream_id, seq, updated_at) values ('usage', ?, 0, now()) on conflict do nothing`,
    [subaccountId],
  );
  const [place] = await tx.em.execute<{ seq: string }[]>(
    `select seq from event_reader where name = 'usage' and stream_id = ? for update`,
    [subaccountId],
  );
  return Number(place?.seq ?? 0);
}

/** One statement, so that the end of the stream and the events are of the same moment. */
async function readLog(tx: Transaction, subaccountId: string, after: number): Promise<Row[]> {
  return tx.em.execute<Row[]>(
    `select s.last_seq, e.* from event_stream s left join lateral (
       select seq, topic, payload, actor, occurred_at from event
       where stream_id = s.id and seq > ? and topic in ('message.created', 'message.status_changed')
       order by seq limit ${EVENTS_AT_ONCE}
     ) e on true where s.id = ? order by e.seq`,
    [after, subaccountId],
  );
}

async function addCounts(
  tx: Transaction,
  { agencyId, subaccountId }: { readonly agencyId: string; readonly subaccountId: string },
  counts: readonly (UsageKey & UsageCounts)[],
): Promise<void> {
  // In one order, so that two counters cannot block each other.
  const rows = counts.toSorted((a, b) => `${a.deviceId}${a.day}`.localeCompare(`${b.deviceId}${b.day}`));
  await tx.em.execute(
    `insert into usage_day as u (device_id, day, pool, agency_id, subaccount_id,
                                 accepted, sent, delivered, read, failed, expired, canceled)
     select n."deviceId", n.day, n.pool, ?, ?, n.accepted, n.sent, n.delivered, n.read, n.failed, n.expired, n.canceled
     from jsonb_to_recordset(?::jsonb) as n ("deviceId" uuid, day date, pool text, accepted integer, sent integer,
       delivered integer, read integer, failed integer, expired integer, canceled integer)
     on conflict (device_id, day, pool) do update set
       accepted = u.accepted + excluded.accepted, sent = u.sent + excluded.sent,
       delivered = u.delivered + excluded.delivered, read = u.read + excluded.read, failed = u.failed + excluded.failed,
       expired = u.expired + excluded.expired, canceled = u.canceled + excluded.canceled`,
    [agencyId, subaccountId, JSON.stringify(rows)],
  );
}

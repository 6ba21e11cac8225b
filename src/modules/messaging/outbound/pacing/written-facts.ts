import { PreparedStatement } from '../../../../platform/database/prepared-statement.js';
import type { Transaction } from '../../../../platform/database/transaction.js';
import type { SendCaps } from '../../../device/index.js';
import type { WrittenFacts } from './pace.js';

const nthWrite = (n: string): string =>
  `(select (extract(epoch from a.written_at) * 1000)::float8 from message_attempt a
    where a.device_id = $1 and a.written_at is not null order by a.written_at desc offset ${n} limit 1)`;

interface FactsRow {
  readonly last_ms: number | null;
  readonly last_id: string | null;
  readonly minute_ms: number | null;
  readonly hour_ms: number | null;
  readonly day_ms: number | null;
  readonly new_chats_ms: number | null;
}

/** Walks the index of what was written as far back as the largest cap. */
const FACTS = new PreparedStatement<FactsRow>(
  'written_facts',
  `select ${nthWrite('0')} as last_ms,
          (select a.message_id::text || ':' || a.number from message_attempt a
           where a.device_id = $1 and a.written_at is not null order by a.written_at desc limit 1) as last_id,
          ${nthWrite('$2::int')} as minute_ms, ${nthWrite('$3::int')} as hour_ms, ${nthWrite('$4::int')} as day_ms,
          (select (extract(epoch from c.reached_out_at) * 1000)::float8 from conversation c
           where c.device_id = $1 and c.reached_out_at is not null
           order by c.reached_out_at desc offset $5::int limit 1) as new_chats_ms`,
);

/** What the device wrote, from the database alone: restarts and takeovers do not forget it. */
export async function findWrittenFacts(
  tx: Transaction,
  deviceId: string,
  caps: SendCaps,
): Promise<WrittenFacts> {
  const offsets = [caps.perMinute, caps.perHour, caps.perDay, caps.newChatsPerDay].map((cap) => cap - 1);
  const [row] = await FACTS.run(tx.em, [deviceId, ...offsets]);
  return {
    last: row?.last_ms == null || row.last_id === null ? null : { atMs: row.last_ms, id: row.last_id },
    perMinuteMs: row?.minute_ms ?? null,
    perHourMs: row?.hour_ms ?? null,
    perDayMs: row?.day_ms ?? null,
    newChatsMs: row?.new_chats_ms ?? null,
  };
}

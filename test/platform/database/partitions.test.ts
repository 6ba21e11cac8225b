import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FewerPartitions } from '../../../migrations/20261122103500-fewer-partitions.js';
import { createMessaging } from '../../modules/messaging/fixture.js';
import type { Messaging } from '../../modules/messaging/fixture.js';

let app: Messaging;
beforeAll(async () => {
  app = await createMessaging();
});
afterAll(() => app.close());

async function partitions(): Promise<string[]> {
  const rows = await app.db.query<{ name: string }>(
    `select inhrelid::regclass::text as name from pg_inherits where inhparent = 'message'::regclass order by 1`,
  );
  return rows.map(({ name }) => name);
}

const ensureAt = (at: string) => app.db.query('select ensure_message_partitions($1)', [at]);

/** The months in whose partitions a message of now, of yesterday and of next month belong. */
async function monthsOfNow(): Promise<string[]> {
  const rows = await app.db.query<{ name: string }>(
    `select distinct 'message_' || to_char((now() at time zone 'UTC') + i, 'YYYYMM') as name
     from unnest(array[interval '-1 day', interval '0', interval '1 month']) i order by 1`,
  );
  return rows.map(({ name }) => name);
}

describe('the partitions of messages', () => {
  it('are this month’s and the next one’s', async () => {
    expect(await partitions()).toEqual(await monthsOfNow());
  });

  it('of a new month are made before it begins, and the last one stays on its first day', async () => {
    await ensureAt('2031-01-01T12:00:00Z');
    expect((await partitions()).filter((name) => name > 'message_203')).toEqual([
      'message_203012',
      'message_203101',
      'message_203102',
    ]);
    await ensureAt('2031-01-31T23:59:59Z');
    expect((await partitions()).at(-1)).toBe('message_203102');
    await ensureAt('2031-02-02T00:00:00Z');
    expect((await partitions()).at(-1)).toBe('message_203103');
  });

  it('that hold messages are kept when those made too early are dropped', async () => {
    await ensureAt('2025-03-15T00:00:00Z');
    const device = await app.seedDevice();
    await app.db.query(
      `with person as (
         insert into contact (id, agency_id, subaccount_id, name, created_at, updated_at)
         values (uuidv7(), $1, $2, 'P', now(), now()) returning id
       ), talk as (
         insert into conversation (id, agency_id, subaccount_id, device_id, kind, contact_id, status, unread_count, last_message_at, created_at)
         select uuidv7(), $1, $2, $3, 'DIRECT', id, 'OPEN', 0, now(), now() from person returning id
       )
       insert into message (id, agency_id, subaccount_id, device_id, conversation_id, shard, direction, kind, status, priority,
                            attempt_count, written, outcome_unknown, caught_up, created_at)
       select message_partition_bound('2025-04-10'), $1, $2, $3, talk.id, 1, 'OUTBOUND', 'TEXT', 'SENT', 0, 1, true, false, false, now()
       from talk`,
      [device.agencyId, device.subaccountId, device.id],
    );

    const migration = new FewerPartitions(undefined as never, undefined as never);
    migration.up();
    for (const query of migration.getQueries()) await app.db.query(query as string);

    expect(await partitions()).toEqual(['message_202504', ...(await monthsOfNow())]);
    expect(await app.db.query('select status from message')).toEqual([{ status: 'SENT' }]);
  });
});

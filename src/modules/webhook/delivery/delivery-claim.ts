import type { EntityManager } from '@mikro-orm/postgresql';
import { WebhookDelivery } from './delivery.entity.js';

/** When somebody else may try a delivery whose try was never settled: longer than any try takes. */
const CLAIM_MS = 60_000;

/** How many may be taken: such that were never tried, and such that are tried again. */
export interface FreeSlots {
  readonly firsts: number;
  readonly retries: number;
}

/**
 * Takes deliveries of an endpoint that are due and gives each try its number. Of a lane whose first tries are outstanding only the earliest is
 * taken, also while it is under way; what is tried again holds nobody back.
 */
export async function claimDue(
  em: EntityManager,
  endpointId: string,
  now: Date,
  free: FreeSlots,
): Promise<readonly WebhookDelivery[]> {
  const rows = await em.execute<{ readonly id: string }[]>(
    `with due as (
       select d.id from webhook_delivery d
       where d.endpoint_id = ? and d.due_at is not null and d.due_at <= ? and d.tries = 0
         and (d.lane is null or not exists (
           select 1 from webhook_delivery earlier
           where earlier.endpoint_id = d.endpoint_id and earlier.lane = d.lane and earlier.tries = 0
             and earlier.due_at is not null and earlier.event_seq < d.event_seq))
       order by d.due_at, d.event_seq limit ? for update skip locked
     ), again as (
       select d.id from webhook_delivery d
       where d.endpoint_id = ? and d.due_at is not null and d.due_at <= ? and d.tries > 0
       order by d.due_at, d.event_seq limit ? for update skip locked
     ), taken as (select id from due union all select id from again)
     update webhook_delivery d set due_at = ?, attempt_count = d.attempt_count + 1
     from taken where d.id = taken.id returning d.id`,
    [endpointId, now, free.firsts, endpointId, now, free.retries, new Date(now.getTime() + CLAIM_MS)],
  );
  const ids = rows.map(({ id }) => id);
  const orderBy = { dueAt: 'asc', eventSeq: 'asc' } as const;
  return ids.length === 0 ? [] : em.find(WebhookDelivery, { id: { $in: ids } }, { orderBy });
}

import type { EntityManager } from '@mikro-orm/postgresql';
import { newId } from '../../../kernel/ids.js';
import { TEST_TOPIC } from './delivery.entity.js';

/** At once; the rest can be asked for again. */
const MAX_REPLAYED = 10_000;

/** Which ended deliveries; all conditions together. */
export interface ReplayChoice {
  readonly ids?: readonly string[] | null | undefined;
  /** Made at or after this. */
  readonly since?: Date | null | undefined;
  /** Made before this. */
  readonly until?: Date | null | undefined;
  /** Not those that succeeded. */
  readonly failedOnly: boolean;
}

/** How far a replay of many is. */
export interface Replay {
  readonly id: string;
  readonly subaccountId: string;
  readonly total: number;
  readonly waiting: number;
  readonly succeeded: number;
  readonly failed: number;
}

export async function replayChosen(
  em: EntityManager,
  endpoint: { readonly id: string; readonly subaccountId: string },
  choice: ReplayChoice,
  now: Date,
): Promise<{ readonly replay: Replay; readonly hasMore: boolean }> {
  const id = newId();
  const { conditions, values } = conditionsOf(choice);
  const rows = await em.execute<unknown[]>(
    `with chosen as (
       select id from webhook_delivery
       where endpoint_id = ? and due_at is null and topic <> '${TEST_TOPIC}' ${conditions}
       order by id limit ${MAX_REPLAYED} for update skip locked
     )
     update webhook_delivery d set status = 'PENDING', due_at = ?, tries = 0, ended_at = null, replay_id = ?
     from chosen where d.id = chosen.id returning 1`,
    [endpoint.id, ...values, now, id],
  );
  const total = rows.length;
  const replay = { id, subaccountId: endpoint.subaccountId, total, waiting: total, succeeded: 0, failed: 0 };
  return { replay, hasMore: total === MAX_REPLAYED };
}

function conditionsOf({ ids, since, until, failedOnly }: ReplayChoice): {
  readonly conditions: string;
  readonly values: readonly unknown[];
} {
  const parts: (readonly [string, ...unknown[]])[] = [];
  if (ids != null) parts.push(['id = any (?::uuid[])', `{${ids.join(',')}}`]);
  if (since != null) parts.push(['created_at >= ?', since]);
  if (until != null) parts.push(['created_at < ?', until]);
  if (failedOnly) parts.push([`status = 'FAILED'`]);
  return {
    conditions: parts.map(([condition]) => `and ${condition}`).join(' '),
    values: parts.flatMap(([, ...given]) => given),
  };
}

/** Those with at least one delivery that was not replayed once more since. */
export function findReplays(em: EntityManager, ids: readonly string[]): Promise<Replay[]> {
  return em.execute<Replay[]>(
    `select replay_id as id, subaccount_id as "subaccountId", count(*)::int as total,
       count(*) filter (where due_at is not null)::int as waiting,
       count(*) filter (where status = 'SUCCEEDED')::int as succeeded,
       count(*) filter (where status = 'FAILED')::int as failed
     from webhook_delivery where replay_id = any (?::uuid[]) group by replay_id, subaccount_id`,
    [`{${ids.join(',')}}`],
  );
}

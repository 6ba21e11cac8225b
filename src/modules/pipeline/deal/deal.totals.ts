import type { EntityManager } from '@mikro-orm/postgresql';
import { PreparedStatement } from '../../../platform/database/prepared-statement.js';

/** What the deals of one stage, owner and currency come to. */
export interface DealTotal {
  readonly pipelineId: string;
  readonly stageId: string;
  readonly ownerId: string | null;
  /** null: deals without a value. */
  readonly currency: string | null;
  readonly count: number;
  readonly amountMinor: number;
}

type Row = Omit<DealTotal, 'count' | 'amountMinor'> & {
  readonly count: string;
  readonly amountMinor: string;
};

const SUM_DEALS = new PreparedStatement<Row>(
  'sum_deals',
  `select pipeline_id as "pipelineId", stage_id as "stageId", owner_id as "ownerId", currency, count(*) as count,
          least(coalesce(sum(value_minor), 0), ${Number.MAX_SAFE_INTEGER}) as "amountMinor"
   from deal where pipeline_id = any ($1::uuid[])
   group by pipeline_id, stage_id, owner_id, currency order by stage_id, owner_id, currency`,
);

/** The totals of several pipelines, in one statement. */
export async function sumDeals(em: EntityManager, pipelineIds: readonly string[]): Promise<DealTotal[]> {
  const rows = await SUM_DEALS.run(em, [`{${pipelineIds.join(',')}}`]);
  return rows.map((row) => ({ ...row, count: Number(row.count), amountMinor: Number(row.amountMinor) }));
}

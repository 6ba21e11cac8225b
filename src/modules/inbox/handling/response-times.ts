import type { EntityManager } from '@mikro-orm/postgresql';
import { PreparedStatement } from '../../../platform/database/prepared-statement.js';

/** How long people waited, in seconds; null where nobody did. */
export interface Waits {
  readonly count: number;
  readonly medianSeconds: number | null;
  readonly p90Seconds: number | null;
  readonly averageSeconds: number | null;
}

export interface ResponseTimes {
  /** Handlings that began in the time. */
  readonly openedCount: number;
  readonly firstResponse: Waits;
  readonly resolution: Waits;
}

/** Which handlings: begun from `from` on and before `to`. */
export interface HandlingRange {
  readonly from: Date;
  readonly to: Date;
  readonly deviceId?: string | null | undefined;
  /** Answered first by this user. */
  readonly responderId?: string | null | undefined;
}

type Figure = 'count' | 'median' | 'p90' | 'average';
type Figures = { readonly opened: string } & Readonly<
  Record<`${'answered' | 'closed'}_${Figure}`, string | null>
>;
type Row = Figures & { readonly subaccountId: string };

const waits = (name: string, column: string): string => {
  const seconds = `extract(epoch from ${column} - opened_at)`;
  return `count(${column}) as ${name}_count, avg(${seconds}) as ${name}_average,
    percentile_cont(0.5) within group (order by ${seconds}) as ${name}_median,
    percentile_cont(0.9) within group (order by ${seconds}) as ${name}_p90`;
};

const FIGURES = `count(*) as opened, ${waits('answered', 'first_response_at')}, ${waits('closed', 'closed_at')}`;

const SUMMARIZE = new PreparedStatement<Row>(
  'summarize_handlings',
  `select subaccount_id as "subaccountId", ${FIGURES}
   from conversation_handling
   where subaccount_id = any ($1::uuid[]) and opened_at >= $2 and opened_at < $3
     and ($4::uuid is null or device_id = $4) and ($5::uuid is null or responder_id = $5)
   group by subaccount_id`,
);

/** Policies leave those of the subaccounts that the caller sees. */
const SUMMARIZE_TOGETHER = new PreparedStatement<Figures>(
  'summarize_handlings_together',
  `select ${FIGURES} from conversation_handling
   where subaccount_id in (select id from subaccount where agency_id = $1) and opened_at >= $2 and opened_at < $3`,
);

/** Of each of these subaccounts, in their order, by one statement. */
export async function summarizeHandlings(
  em: EntityManager,
  subaccountIds: readonly string[],
  { from, to, deviceId = null, responderId = null }: HandlingRange,
): Promise<ResponseTimes[]> {
  const rows = await SUMMARIZE.run(em, [`{${subaccountIds.join(',')}}`, from, to, deviceId, responderId]);
  const known = new Map(rows.map((row) => [row.subaccountId, row]));
  return subaccountIds.map((id) => timesOf(known.get(id)));
}

/** Of all subaccounts of an agency together. */
export async function summarizeHandlingsTogether(
  em: EntityManager,
  agencyId: string,
  { from, to }: Pick<HandlingRange, 'from' | 'to'>,
): Promise<ResponseTimes> {
  const [row] = await SUMMARIZE_TOGETHER.run(em, [agencyId, from, to]);
  return timesOf(row);
}

function timesOf(row: Figures | undefined): ResponseTimes {
  return {
    openedCount: Number(row?.opened ?? 0),
    firstResponse: waitsOf(row, 'answered'),
    resolution: waitsOf(row, 'closed'),
  };
}

function waitsOf(row: Figures | undefined, name: 'answered' | 'closed'): Waits {
  const figure = (kind: Figure): number | null => {
    const value = row?.[`${name}_${kind}`];
    return value == null ? null : Number(value);
  };
  return {
    count: figure('count') ?? 0,
    medianSeconds: figure('median'),
    p90Seconds: figure('p90'),
    averageSeconds: figure('average'),
  };
}

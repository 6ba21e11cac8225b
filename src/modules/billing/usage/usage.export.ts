import { pipeline, Readable } from 'node:stream';
import { stringify } from 'csv-stringify';
import type { Clock } from '../../../kernel/clock.js';
import { Context } from '../../../kernel/context.js';
import { kernelErrors } from '../../../kernel/errors.js';
import { toPublicId } from '../../../kernel/ids.js';
import type { PathSigner } from '../../../platform/crypto/path-signer.js';
import type { Database } from '../../../platform/database/database.js';
import { PreparedStatement } from '../../../platform/database/prepared-statement.js';
import { billingErrors } from '../billing.errors.js';
import { USAGE_STEPS } from './usage.counts.js';
import { assertRange } from './usage.days.js';
import type { UsageRange } from './usage.days.js';

const LIFETIME_MS = 15 * 60_000;
const ROWS_AT_ONCE = 1_000;
const UUID = '[0-9a-f-]{36}';
const DAY = '\\d{4}-\\d{2}-\\d{2}';
const PATH = new RegExp(`^/usage/(${UUID})/(${UUID}|all)/(${DAY})/(${DAY})$`);

const COLUMNS = [
  'day',
  'subaccount',
  'subaccount_id',
  'device',
  'device_id',
  'pool',
  ...USAGE_STEPS,
] as const;
type Row = Readonly<Record<(typeof COLUMNS)[number], string | number>>;

/** Labels of deleted devices are still told: what they sent counts. $1 from, $2 to, $3 to $5 the row before the first one wanted. */
const READ = new PreparedStatement<Row>(
  'export_usage',
  `select u.day, s.name as subaccount, u.subaccount_id, d.label as device, u.device_id, u.pool,
          ${USAGE_STEPS.map((step) => `u.${step}`).join(', ')}
   from usage_day u join device d on d.id = u.device_id join subaccount s on s.id = u.subaccount_id
   where u.day between $1 and $2 and (u.day, u.device_id, u.pool) > ($3, $4, $5)
   order by u.day, u.device_id, u.pool limit ${ROWS_AT_ONCE}`,
);
const BEFORE_ALL = ['0001-01-01', '00000000-0000-0000-0000-000000000000', ''] as const;

const toPublic = (row: Row): Row => ({
  ...row,
  subaccount_id: toPublicId('Subaccount', String(row.subaccount_id)),
  device_id: toPublicId('Device', String(row.device_id)),
});

export interface UsageFile {
  readonly stream: Readable;
  readonly fileName: string;
}

interface Exported extends UsageRange {
  readonly agencyId: string;
  /** null: all of the agency. */
  readonly subaccountId: string | null;
}

/** Usage as CSV behind links that work without a token for a quarter of an hour. */
export class UsageExport {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #signer: PathSigner;
  readonly #publicUrl: () => string;

  constructor(options: {
    readonly database: Database;
    readonly clock: Clock;
    readonly signer: PathSigner;
    /** Where this server is reached from outside, without a slash at the end. Asked late: the port may be chosen at the start. */
    readonly publicUrl: () => string;
  }) {
    this.#database = options.database;
    this.#clock = options.clock;
    this.#signer = options.signer;
    this.#publicUrl = options.publicUrl;
  }

  /** The caller must have been shown to see all of it. */
  urlOf({ agencyId, subaccountId, from, to }: Exported): string {
    assertRange({ from, to });
    const path = `/usage/${agencyId}/${subaccountId ?? 'all'}/${from}/${to}`;
    const expiresAt = new Date(this.#clock.now().getTime() + LIFETIME_MS);
    return `${this.#publicUrl()}${this.#signer.signPath(path, expiresAt)}`;
  }

  /** Throws NOT_FOUND for a link that is not ours or was changed, USAGE_LINK_EXPIRED. */
  open(signedPath: string): UsageFile {
    const verified = this.#signer.verifySignedPath(signedPath, this.#clock.now());
    if (verified.kind === 'EXPIRED') throw billingErrors.USAGE_LINK_EXPIRED();
    const path = verified.kind === 'VALID' ? verified.path : '';
    const [, agencyId, subaccountId, from, to] = PATH.exec(path) ?? [];
    if (agencyId === undefined || subaccountId === undefined || from === undefined || to === undefined) {
      throw kernelErrors.NOT_FOUND();
    }
    const ctx = Context.forRequest({
      requestId: 'usage.export',
      actor: { kind: 'job', name: 'usage.export' },
      scope: { agencyId, subaccountIds: subaccountId === 'all' ? 'all' : [subaccountId] },
      actions: new Set(),
    });
    // A spreadsheet runs what begins with = + - or @; people choose labels.
    const csv = stringify({ header: true, columns: [...COLUMNS], escape_formulas: true });
    pipeline(Readable.from(this.#rows(ctx, { from, to })), csv, () => undefined);
    return { stream: csv, fileName: `usage-${from}-${to}.csv` };
  }

  async *#rows(ctx: Context, { from, to }: UsageRange): AsyncGenerator<Row, void, undefined> {
    let after: readonly (string | number)[] = BEFORE_ALL;
    for (;;) {
      const place = after;
      const rows = await this.#database.read(ctx, (em) => READ.run(em, [from, to, ...place]));
      yield* rows.map(toPublic);
      const last = rows.at(-1);
      if (last === undefined || rows.length < ROWS_AT_ONCE) return;
      after = [last.day, last.device_id, last.pool];
    }
  }
}

import { LockMode } from '@mikro-orm/core';
import type { FilterQuery } from '@mikro-orm/core';
import { z } from 'zod';
import type { Clock } from '../../../kernel/clock.js';
import type { Context } from '../../../kernel/context.js';
import { invalidInput, kernelErrors } from '../../../kernel/errors.js';
import { newId } from '../../../kernel/ids.js';
import { nameText, parseInput } from '../../../kernel/input.js';
import { decodeIdCursor, pageSize, toPage } from '../../../kernel/page.js';
import type { Page, PageRequest } from '../../../kernel/page.js';
import type { Database } from '../../../platform/database/database.js';
import { PreparedStatement } from '../../../platform/database/prepared-statement.js';
import type { Transaction } from '../../../platform/database/transaction.js';
import { billingErrors } from '../billing.errors.js';
import { voucherRedeemed } from '../billing.events.js';
import { countUpTo, requireAgency } from '../catalogue/catalogue.input.js';
import { QuotaGrant } from '../quota/quota-grant.entity.js';
import { createVoucherCode, normaliseVoucherCode } from './voucher-code.js';
import { Voucher } from './voucher.entity.js';

const DAY_MS = 24 * 60 * 60_000;
const MAX_AMOUNT = 100_000_000;
const MAX_VALIDITY_DAYS = 3_660;
const MAX_USES = 1_000_000;
const MAX_AT_ONCE = 100;

const newVouchers = z.object({
  count: countUpTo(MAX_AT_ONCE, 1),
  amount: countUpTo(MAX_AMOUNT, 1),
  validityDays: countUpTo(MAX_VALIDITY_DAYS, 1),
  maxUses: countUpTo(MAX_USES, 1),
  redeemBy: z.date().nullable(),
  note: nameText().nullable(),
});

/** $1 id, $2 agency, $3 subaccount, $4 device, $5 voucher, $6 amount, $7 expiry, $8 now, $9 id of the entry. */
const GRANT = new PreparedStatement<{ readonly grant_id: string }>(
  'grant_voucher',
  `with granted as (
     insert into quota_grant (id, agency_id, subaccount_id, device_id, pool, voucher_id, amount, used, expires_at, created_at)
     values ($1, $2, $3, $4, 'PRO', $5, $6, 0, $7, $8) on conflict (device_id, voucher_id) do nothing returning id
   )
   insert into quota_entry (id, agency_id, subaccount_id, device_id, grant_id, message_id, kind, amount, created_at)
   select $9, $2, $3, $4, g.id, null, 'GRANT', $6, $8 from granted g returning grant_id`,
);

export interface RedeemingDevice {
  readonly id: string;
  readonly agencyId: string;
  readonly subaccountId: string;
}

/** Codes that an agency sells, and what becomes of them. */
export class VoucherService {
  readonly #database: Database;
  readonly #clock: Clock;

  constructor(options: { readonly database: Database; readonly clock: Clock }) {
    this.#database = options.database;
    this.#clock = options.clock;
  }

  /** Several of one kind at once. */
  create(ctx: Context, input: z.input<typeof newVouchers>): Promise<Voucher[]> {
    const { count, ...terms } = parseInput(newVouchers, input);
    const agencyId = requireAgency(ctx);
    const now = this.#clock.now();
    if (terms.redeemBy !== null && terms.redeemBy <= now) {
      throw invalidInput([{ path: 'input.redeemBy', message: 'must be in the future' }]);
    }
    return this.#database.write(ctx, async (tx) => {
      const vouchers = Array.from({ length: count }, () =>
        Voucher.create(agencyId, createVoucherCode(), terms, now),
      );
      await tx.em.persist(vouchers).flush();
      return vouchers;
    });
  }

  /** Newest first. */
  list(ctx: Context, request: PageRequest): Promise<Page<Voucher>> {
    requireAgency(ctx);
    const size = pageSize(request);
    const before: FilterQuery<Voucher> =
      request.after == null ? {} : { id: { $lt: decodeIdCursor(request.after) } };
    return this.#database.read(ctx, async (em) => {
      const rows = await em.find(Voucher, before, { orderBy: { id: 'desc' }, limit: size + 1 });
      return toPage(rows, size, request, ({ id }) => [id]);
    });
  }

  /** Those of `ids` that the caller may see, in any order: the codes are the agency's to sell. */
  async findMany(ctx: Context, ids: readonly string[]): Promise<Voucher[]> {
    if (!ctx.isAgencyWide) return [];
    return this.#database.read(ctx, (em) => em.find(Voucher, { id: { $in: [...ids] } }));
  }

  /** Nobody redeems it any more; what was redeemed stays. */
  revoke(ctx: Context, id: string): Promise<Voucher> {
    requireAgency(ctx);
    return this.#database.write(ctx, async (tx) => {
      const voucher = await tx.em.findOne(Voucher, { id }, { lockMode: LockMode.PESSIMISTIC_WRITE });
      if (voucher === null) throw kernelErrors.NOT_FOUND();
      voucher.revoke(this.#clock.now());
      return voucher;
    });
  }

  /**
   * Gives a device what a code is worth, from now on and for as long as it holds. `getDevice` reads the device in the same transaction.
   * Throws VOUCHER_UNKNOWN, VOUCHER_REVOKED, VOUCHER_EXPIRED, VOUCHER_USED_UP, VOUCHER_ALREADY_REDEEMED.
   */
  redeem<T extends RedeemingDevice>(
    ctx: Context,
    code: string,
    getDevice: (tx: Transaction) => Promise<T>,
  ): Promise<{ readonly device: T; readonly grant: QuotaGrant }> {
    return this.#database.write(ctx, async (tx) => {
      const device = await getDevice(tx);
      const now = this.#clock.now();
      const voucher = await tx.em.findOne(
        Voucher,
        { code: normaliseVoucherCode(code) },
        { lockMode: LockMode.PESSIMISTIC_WRITE },
      );
      if (voucher === null) throw billingErrors.VOUCHER_UNKNOWN();
      const earlier = await tx.em.count(QuotaGrant, { deviceId: device.id, voucherId: voucher.id });
      if (earlier > 0) throw billingErrors.VOUCHER_ALREADY_REDEEMED();
      voucher.use(now);
      const grant = await grantTo(tx, device, voucher, now);
      tx.append(voucherRedeemed(grant));
      return { device, grant };
    });
  }
}

async function grantTo(
  tx: Transaction,
  { id: deviceId, agencyId, subaccountId }: RedeemingDevice,
  { id: voucherId, amount, validityDays }: Voucher,
  now: Date,
): Promise<QuotaGrant> {
  const expiresAt = new Date(now.getTime() + validityDays * DAY_MS);
  const place = [agencyId, subaccountId, deviceId];
  const [granted] = await GRANT.run(tx.em, [newId(), ...place, voucherId, amount, expiresAt, now, newId()]);
  // The voucher is locked, so nobody was faster.
  if (granted === undefined) throw billingErrors.VOUCHER_ALREADY_REDEEMED();
  return tx.em.findOneOrFail(QuotaGrant, { id: granted.grant_id });
}

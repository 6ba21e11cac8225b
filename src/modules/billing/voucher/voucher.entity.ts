import { newId } from '../../../kernel/ids.js';
import { agencyEntity, p } from '../../../platform/database/tenant-entity.js';
import { billingErrors } from '../billing.errors.js';

const VoucherSchema = agencyEntity({
  name: 'Voucher',
  tableName: 'voucher',
  properties: {
    code: p.text(),
    amount: p.integer(),
    validityDays: p.integer(),
    maxUses: p.integer(),
    useCount: p.integer(),
    redeemBy: p.datetime().nullable(),
    note: p.text().nullable(),
    createdAt: p.datetime(),
    revokedAt: p.datetime().nullable(),
  },
});

export interface VoucherTerms {
  /** Messages that each use gives. */
  readonly amount: number;
  /** How many days a use holds. */
  readonly validityDays: number;
  /** How many devices may redeem it. */
  readonly maxUses: number;
  readonly redeemBy: Date | null;
  readonly note: string | null;
}

/** A code that gives devices messages. */
export class Voucher extends VoucherSchema.class {
  static create(agencyId: string, code: string, terms: VoucherTerms, at: Date): Voucher {
    const voucher = new Voucher();
    Object.assign(
      voucher,
      { id: newId(), agencyId, code, useCount: 0, createdAt: at, revokedAt: null },
      terms,
    );
    return voucher;
  }

  /** Takes one use; the row must be locked. Throws why there is none. */
  use(now: Date): void {
    if (this.revokedAt != null) throw billingErrors.VOUCHER_REVOKED();
    if (this.redeemBy != null && this.redeemBy <= now) {
      throw billingErrors.VOUCHER_EXPIRED({ data: { redeemBy: this.redeemBy.toISOString() } });
    }
    if (this.useCount >= this.maxUses) throw billingErrors.VOUCHER_USED_UP();
    this.useCount += 1;
  }

  /** What is redeemed already stays. */
  revoke(at: Date): void {
    this.revokedAt ??= at;
  }
}

VoucherSchema.setClass(Voucher);

import { p, tenantEntity } from '../../../platform/database/tenant-entity.js';
import type { Opt } from '../../../platform/database/tenant-entity.js';
import type { QuotaPool } from './quota-pool.js';

const QuotaGrantSchema = tenantEntity({
  name: 'QuotaGrant',
  tableName: 'quota_grant',
  properties: {
    deviceId: p.uuid(),
    pool: p.text().$type<QuotaPool>(),
    // The month of a FREE grant, such as 2026-11.
    period: p.text().nullable(),
    // Where a PRO grant came from, and until when it holds.
    voucherId: p.uuid().nullable(),
    amount: p.integer(),
    used: p.integer(),
    expiresAt: p.datetime().nullable(),
    createdAt: p.datetime(),
  },
});

/** A balance of a device. It changes by single statements that write the ledger beside it. */
export class QuotaGrant extends QuotaGrantSchema.class {
  /** A message that was given back and proved sent after all may have been one too many. */
  get remaining(): Opt<number> {
    return Math.max(0, this.amount - this.used);
  }
}

QuotaGrantSchema.setClass(QuotaGrant);

import { p, tenantEntity } from '../../../platform/database/tenant-entity.js';
import type { ChargedPool } from '../quota/quota-pool.js';

const UsageDaySchema = tenantEntity({
  name: 'UsageDay',
  tableName: 'usage_day',
  properties: {
    deviceId: p.uuid().primary(),
    day: p.date().primary(),
    pool: p.text().$type<ChargedPool>().primary(),
    accepted: p.integer(),
    sent: p.integer(),
    delivered: p.integer(),
    read: p.integer(),
    failed: p.integer(),
    expired: p.integer(),
    canceled: p.integer(),
  },
});

/** What became of the messages of a device on one day, by what they were charged to. */
export class UsageDay extends UsageDaySchema.class {}

UsageDaySchema.setClass(UsageDay);

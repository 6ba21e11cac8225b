import { p, tenantEntity } from '../../../platform/database/tenant-entity.js';

const ActiveNumberSchema = tenantEntity({
  name: 'ActiveNumber',
  tableName: 'active_number',
  properties: {
    phoneNumber: p.text().primary(),
    deviceId: p.uuid(),
    claimedAt: p.datetime(),
  },
});

/** The claim of a number: its primary key spans all tenants, so a number is live once in the whole installation. */
export class ActiveNumber extends ActiveNumberSchema.class {}
ActiveNumberSchema.setClass(ActiveNumber);

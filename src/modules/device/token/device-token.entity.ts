import { p, tenantEntity } from '../../../platform/database/tenant-entity.js';

const DeviceTokenSchema = tenantEntity({
  name: 'DeviceToken',
  tableName: 'device_token',
  properties: {
    deviceId: p.uuid(),
    tokenHash: p.blob(),
    lastFour: p.text(),
    createdAt: p.datetime(),
    expiresAt: p.datetime().nullable(),
    lastUsedAt: p.datetime().nullable(),
    revokedAt: p.datetime().nullable(),
  },
});

/** What a device authenticates with. Only its hash is stored. */
export class DeviceToken extends DeviceTokenSchema.class {
  /** Stops at once, or after a time in which a client can change over. Never lives longer than before. */
  retire(now: Date, graceSeconds: number): void {
    if (graceSeconds === 0) {
      this.revokedAt = now;
      return;
    }
    const end = new Date(now.getTime() + graceSeconds * 1_000);
    if (this.expiresAt === null || this.expiresAt === undefined || this.expiresAt > end) this.expiresAt = end;
  }
}
DeviceTokenSchema.setClass(DeviceToken);

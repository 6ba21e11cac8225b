import type { NewEvent } from '../../kernel/events.js';
import type { QuotaGrant } from './quota/quota-grant.entity.js';
import type { QuotaPool } from './quota/quota-pool.js';

interface DevicePlace {
  readonly id: string;
  readonly subaccountId: string;
}

interface Level {
  readonly pool: QuotaPool;
  readonly remaining: number;
  readonly limit: number;
}

/** One message in ten is left of a pool. */
export function quotaLow(device: DevicePlace, level: Level): NewEvent {
  return quotaEvent('device.quota_low', device, level);
}

/** The last message of a pool was taken. */
export function quotaExhausted(device: DevicePlace, level: Level): NewEvent {
  return quotaEvent('device.quota_exhausted', device, level);
}

function quotaEvent(topic: NewEvent['topic'], { id, subaccountId }: DevicePlace, level: Level): NewEvent {
  return { topic, subaccountId, alsoAgency: true, payload: { deviceId: id, ...level } };
}

export function voucherRedeemed(grant: QuotaGrant): NewEvent {
  return {
    topic: 'device.voucher_redeemed',
    subaccountId: grant.subaccountId,
    alsoAgency: true,
    payload: {
      deviceId: grant.deviceId,
      voucherId: grant.voucherId,
      amount: grant.amount,
      expiresAt: grant.expiresAt?.toISOString() ?? null,
    },
  };
}

import type { DeviceStatus } from '../../modules/device/index.js';
import type { MessageStatus } from '../../modules/messaging/index.js';

export const WAGY_STATUSES = ['Connected', 'Paired (Offline)', 'Not Paired', 'Rejected'] as const;
type WagyStatus = (typeof WAGY_STATUSES)[number];

/** How a device is, in Wagy's words. */
export const WAGY_STATUS: Readonly<Record<DeviceStatus, WagyStatus>> = {
  CONNECTED: 'Connected',
  CONNECTING: 'Paired (Offline)',
  OFFLINE: 'Paired (Offline)',
  REPLACED: 'Paired (Offline)',
  SUSPENDED: 'Paired (Offline)',
  NOT_PAIRED: 'Not Paired',
  PAIRING: 'Not Paired',
  PAIRING_EXPIRED: 'Not Paired',
  LOGGED_OUT: 'Not Paired',
  BANNED: 'Not Paired',
  REJECTED: 'Rejected',
};

export const WAGY_MESSAGE_STATUSES = [
  'PENDING',
  'SENT',
  'DELIVERED',
  'READ',
  'FAILED',
  'EXPIRED',
  'CANCELLED',
] as const;
export type WagyMessageStatus = (typeof WAGY_MESSAGE_STATUSES)[number];

/** Where a message is. The last two are inbound, which this door does not show. */
export const WAGY_MESSAGE_STATUS: Readonly<Record<MessageStatus, WagyMessageStatus>> = {
  SCHEDULED: 'PENDING',
  PENDING: 'PENDING',
  SENDING: 'PENDING',
  SENT: 'SENT',
  DELIVERED: 'DELIVERED',
  READ: 'READ',
  PLAYED: 'READ',
  FAILED: 'FAILED',
  EXPIRED: 'EXPIRED',
  CANCELED: 'CANCELLED',
  RECEIVED: 'DELIVERED',
  UNDECRYPTABLE: 'DELIVERED',
};

/** The states that Wagy calls so. */
export function statusesBehind(word: WagyMessageStatus): MessageStatus[] {
  const statuses = Object.keys(WAGY_MESSAGE_STATUS) as MessageStatus[];
  return statuses.filter((status) => WAGY_MESSAGE_STATUS[status] === word);
}

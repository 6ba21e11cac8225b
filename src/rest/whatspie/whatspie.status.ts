import type { DeviceStatus } from '../../modules/device/index.js';
import type { MessageStatus } from '../../modules/messaging/index.js';

export const PAIRED_STATUSES = ['UNPAIRED', 'PAIRED', 'EXPIRED', 'SUSPENDED'] as const;
type PairedStatus = (typeof PAIRED_STATUSES)[number];

/** How a device is, in Whatspie's words. */
export const PAIRED_STATUS: Readonly<Record<DeviceStatus, PairedStatus>> = {
  CONNECTED: 'PAIRED',
  CONNECTING: 'PAIRED',
  OFFLINE: 'PAIRED',
  REPLACED: 'PAIRED',
  NOT_PAIRED: 'UNPAIRED',
  PAIRING: 'UNPAIRED',
  LOGGED_OUT: 'UNPAIRED',
  REJECTED: 'UNPAIRED',
  PAIRING_EXPIRED: 'EXPIRED',
  BANNED: 'SUSPENDED',
  SUSPENDED: 'SUSPENDED',
};

export const WHATSPIE_MESSAGE_STATUSES = ['pending', 'sent', 'delivered', 'failed'] as const;
type WhatspieMessageStatus = (typeof WHATSPIE_MESSAGE_STATUSES)[number];

/** Where a message is. The last two are inbound, which this door does not show. */
export const WHATSPIE_MESSAGE_STATUS: Readonly<Record<MessageStatus, WhatspieMessageStatus>> = {
  SCHEDULED: 'pending',
  PENDING: 'pending',
  SENDING: 'pending',
  SENT: 'sent',
  DELIVERED: 'delivered',
  READ: 'delivered',
  PLAYED: 'delivered',
  FAILED: 'failed',
  EXPIRED: 'failed',
  CANCELED: 'failed',
  RECEIVED: 'delivered',
  UNDECRYPTABLE: 'delivered',
};

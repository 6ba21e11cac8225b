import type { AppError, AppErrorOptions } from '../../../kernel/errors.js';
import { deviceErrors } from '../../device/index.js';
import type { Device, DeviceStatus } from '../../device/index.js';
import { messagingErrors } from '../messaging.errors.js';

export const WHEN_OFFLINE = ['QUEUE', 'REJECT'] as const;
export type WhenOffline = (typeof WHEN_OFFLINE)[number];

type Answer = 'SENDS' | 'WAITS' | ((options?: AppErrorOptions) => AppError);

/**
 * What becomes of a message that is accepted in each state of its device. It may wait where the number is linked and only the
 * connection is missing: that comes back by itself, or by one call (REPLACED). Where a person has to pair, resume or replace the number
 * first, nobody can expect it to leave, and it is refused.
 */
const ANSWERS: Readonly<Record<DeviceStatus, Answer>> = {
  CONNECTED: 'SENDS',
  CONNECTING: 'WAITS',
  OFFLINE: 'WAITS',
  REPLACED: 'WAITS',
  NOT_PAIRED: deviceErrors.DEVICE_NOT_PAIRED,
  PAIRING: deviceErrors.DEVICE_NOT_PAIRED,
  PAIRING_EXPIRED: deviceErrors.DEVICE_NOT_PAIRED,
  LOGGED_OUT: deviceErrors.DEVICE_LOGGED_OUT,
  REJECTED: messagingErrors.DEVICE_REJECTED,
  BANNED: messagingErrors.DEVICE_BANNED,
  SUSPENDED: deviceErrors.DEVICE_SUSPENDED,
};

/** Whether a message is sent, or waits, while its device is so. */
export function takesMessages(status: DeviceStatus): boolean {
  return typeof ANSWERS[status] !== 'function';
}

/** Whether {@link assertTakesMessage} lets it pass. */
export function takesMessageNow(status: DeviceStatus, whenOffline: WhenOffline): boolean {
  return takesMessages(status) && (ANSWERS[status] === 'SENDS' || whenOffline === 'QUEUE');
}

/** Throws the reason why a device in this state takes no message. */
export function assertTakesMessage(
  status: DeviceStatus,
  whenOffline: WhenOffline,
  suspendedBy: Device['suspendedBy'] = null,
): void {
  const answer = ANSWERS[status];
  const data = { deviceStatus: status };
  if (status === 'SUSPENDED' && isWithSubaccount(suspendedBy))
    throw deviceErrors.SUBACCOUNT_SUSPENDED({ data });
  if (typeof answer === 'function') throw answer({ data });
  if (answer === 'WAITS' && whenOffline === 'REJECT') throw messagingErrors.DEVICE_OFFLINE({ data });
}

/** Whether it is the agency that keeps the device from sending. */
export function isWithSubaccount(suspendedBy: Device['suspendedBy']): boolean {
  return suspendedBy === 'SUBACCOUNT' || suspendedBy === 'BOTH';
}

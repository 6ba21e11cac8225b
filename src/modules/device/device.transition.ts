import type { Transaction } from '../../platform/database/transaction.js';
import type { Device } from './device.entity.js';
import { deviceStatusChanged } from './device.events.js';

/**
 * The only way that facts of a device change: applies `change`, recomputes the status and tells the event log when it is another one.
 * The row must be locked by this transaction.
 */
export async function changeDevice(
  tx: Transaction,
  device: Device,
  now: Date,
  change: () => void | Promise<void>,
): Promise<void> {
  const previous = device.status;
  await change();
  device.restate(now);
  if (device.status !== previous) tx.append(deviceStatusChanged(device, previous));
}

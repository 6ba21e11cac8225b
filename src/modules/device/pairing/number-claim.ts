import { PreparedStatement } from '../../../platform/database/prepared-statement.js';
import type { Transaction } from '../../../platform/database/transaction.js';
import type { Device } from '../device.entity.js';

const HOLDS_NUMBER = new PreparedStatement<object>(
  'holds_number',
  'select from active_number where device_id = $1 and phone_number = $2',
);

/** Whether the number is the device's already, as it is at every login but the first. */
export async function holdsNumber(
  tx: Pick<Transaction, 'em'>,
  deviceId: string,
  phoneNumber: string,
): Promise<boolean> {
  return (await HOLDS_NUMBER.run(tx.em, [deviceId, phoneNumber])).length > 0;
}

/**
 * Claims a number for a device; the claim that the device had on another one ends. The primary key of `active_number` spans all tenants,
 * so of two devices that pair the same number at once the database lets one through; the other waits for its commit and gets false.
 */
export async function claimNumber(
  tx: Transaction,
  device: Device,
  phoneNumber: string,
  now: Date,
): Promise<boolean> {
  await tx.em.execute('delete from active_number where device_id = ? and phone_number <> ?', [
    device.id,
    phoneNumber,
  ]);
  await tx.em.execute(
    `insert into active_number (phone_number, agency_id, subaccount_id, device_id, claimed_at)
     values (?, ?, ?, ?, ?) on conflict do nothing`,
    [phoneNumber, device.agencyId, device.subaccountId, device.id, now],
  );
  const rows = await tx.em.execute<unknown[]>(
    'select 1 from active_number where phone_number = ? and device_id = ?',
    [phoneNumber, device.id],
  );
  return rows.length > 0;
}

/** The device has no link any more: its number may be paired anywhere. */
export async function freeNumber(tx: Transaction, deviceId: string): Promise<void> {
  await tx.em.execute('delete from active_number where device_id = ?', [deviceId]);
}

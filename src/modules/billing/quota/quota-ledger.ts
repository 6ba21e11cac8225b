import { newId } from '../../../kernel/ids.js';
import type { Transaction } from '../../../platform/database/transaction.js';
import { getSubaccount } from '../../tenancy/index.js';
import { billingErrors } from '../billing.errors.js';
import { quotaExhausted, quotaLow } from '../billing.events.js';
import { GIVE_BACK, OPEN_MONTH, SET_MONTH, SETTLE, TAKE_FREE, TAKE_PRO } from './quota-ledger.sql.js';
import type { Taken } from './quota-ledger.sql.js';
import { nextQuotaPeriod, quotaPeriod } from './quota-period.js';
import type { ChargedPool, QuotaPool } from './quota-pool.js';
import { isLowMark } from './quota.policy.js';

/** What is charged: a device with what its package says. */
export interface MeteredDevice {
  readonly id: string;
  readonly agencyId: string;
  readonly subaccountId: string;
  /** null: nothing is counted. */
  readonly monthlyAllowance: number | null;
  readonly brandLine: boolean;
  readonly packagePriority: boolean;
}

/** Whether each message of the device takes a unit. */
export function isMetered({ monthlyAllowance }: Pick<MeteredDevice, 'monthlyAllowance'>): boolean {
  return monthlyAllowance !== null;
}

/** What a message was charged with, and what follows from it. */
export interface Charge {
  readonly pool: ChargedPool;
  /** null: nothing was counted. */
  readonly grantId: string | null;
  /** Left in that pool after it. */
  readonly remaining: number | null;
  readonly brandLine: boolean;
  readonly priority: boolean;
}

/** A message as the ledger knows it. */
export interface ChargedMessage {
  readonly id: string;
  readonly agencyId: string;
  readonly subaccountId: string;
  readonly deviceId: string;
  readonly quotaGrantId?: string | null | undefined;
}

/**
 * Takes the unit of a message, in the transaction that accepts it. A balance changes by one statement that writes the ledger beside it.
 * Throws QUOTA_EXHAUSTED. A device without allowance is not looked at any further.
 */
export async function reserveQuota(
  tx: Transaction,
  device: MeteredDevice,
  messageId: string,
  now: Date,
): Promise<Charge> {
  const { monthlyAllowance, brandLine, packagePriority: priority } = device;
  if (monthlyAllowance === null) {
    return { pool: 'UNLIMITED', grantId: null, remaining: null, brandLine, priority };
  }
  const pro = await takePro(tx, device, messageId, now);
  if (pro !== null) return { ...pro, brandLine: false, priority: true };
  const { timezone } = await getSubaccount(tx.em, device.subaccountId);
  const month = { now, timezone, period: quotaPeriod(now, timezone), allowance: monthlyAllowance };
  const free = await takeFree(tx, device, messageId, month);
  if (free === null) throw await exhausted(tx, device, month);
  return { ...free, brandLine, priority };
}

/** The message reached WhatsApp, or may have: its unit is spent. One that was given back is charged again. */
export async function commitCharge(tx: Transaction, message: ChargedMessage): Promise<void> {
  if (message.quotaGrantId == null) return;
  await SETTLE.run(tx.em, [...entryOf(message), newId()]);
}

/** The message ended and never left: its unit goes back to where it came from. Once, and not after a commit. */
export async function refundCharge(tx: Transaction, message: ChargedMessage): Promise<void> {
  if (message.quotaGrantId == null) return;
  await GIVE_BACK.run(tx.em, entryOf(message));
}

const placeOf = ({ id, agencyId, subaccountId }: MeteredDevice) => [id, agencyId, subaccountId];

function entryOf({ id, agencyId, subaccountId, deviceId, quotaGrantId }: ChargedMessage): readonly unknown[] {
  return [deviceId, agencyId, subaccountId, id, quotaGrantId, newId()];
}

async function takePro(tx: Transaction, device: MeteredDevice, messageId: string, now: Date) {
  const [taken] = await TAKE_PRO.run(tx.em, [...placeOf(device), messageId, newId(), now]);
  return taken === undefined ? null : charged(tx, device, 'PRO', taken);
}

interface Month {
  readonly now: Date;
  readonly timezone: string;
  readonly period: string;
  readonly allowance: number;
}

async function takeFree(tx: Transaction, device: MeteredDevice, messageId: string, month: Month) {
  const { period, allowance, now } = month;
  const place = placeOf(device);
  const take = () => TAKE_FREE.run(tx.em, [...place, messageId, newId(), now, period, allowance]);
  let [taken] = await take();
  if (taken === undefined) {
    // The first message of the month, the first under another allowance, or one too many.
    await OPEN_MONTH.run(tx.em, [...place, period, allowance, newId(), newId(), now]);
    await SET_MONTH.run(tx.em, [...place, period, allowance, newId(), now]);
    [taken] = await take();
  }
  return taken === undefined ? null : charged(tx, device, 'FREE', taken);
}

function charged(tx: Transaction, device: MeteredDevice, pool: QuotaPool, taken: Taken) {
  const { grant_id: grantId, amount: limit, remaining } = taken;
  if (isLowMark(remaining, limit)) tx.append(quotaLow(device, { pool, remaining, limit }));
  if (remaining === 0) tx.append(quotaExhausted(device, { pool, remaining, limit }));
  return { pool, grantId, remaining };
}

/** Of a package without allowance the vouchers are what ran out. */
async function exhausted(
  tx: Transaction,
  device: MeteredDevice,
  { now, timezone, period, allowance }: Month,
) {
  const pool: QuotaPool = allowance === 0 ? 'PRO' : 'FREE';
  const [sum] = await tx.em.execute<{ used: number; amount: number }[]>(
    `select coalesce(sum(used), 0)::int as used, coalesce(sum(amount), 0)::int as amount
     from quota_grant where device_id = ? and (period = ? or expires_at > ?) and pool = ?`,
    [device.id, period, now, pool],
  );
  return billingErrors.QUOTA_EXHAUSTED({
    data: {
      pool,
      used: sum?.used ?? 0,
      limit: sum?.amount ?? 0,
      resetsAt: pool === 'FREE' ? nextQuotaPeriod(now, timezone).toISOString() : null,
    },
  });
}

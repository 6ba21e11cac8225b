import { newId } from '../../../../src/kernel/ids.js';
import type { TestDatabase } from '../../../support/database.js';
import type { TestDevice } from '../../messaging/fixture.js';

/** Puts a device into a package of its own. */
export async function giveAllowance(
  { query }: TestDatabase,
  device: TestDevice,
  allowance: number,
): Promise<void> {
  const id = newId();
  await query(
    `insert into package (id, agency_id, number, code, name, monthly_allowance, webhooks, priority, brand_line,
                          self_service, is_default, created_at)
     select $1, $2, max(number) + 1, 'P' || (max(number) + 1), 'P', $3, false, false, true, true, false, now()
     from package where agency_id = $2`,
    [id, device.agencyId, allowance],
  );
  await query('update device set package_id = $1 where id = $2', [id, device.id]);
}

/** Changes the allowance of the package that a device has. */
export async function setAllowance(
  { query }: TestDatabase,
  device: TestDevice,
  allowance: number,
): Promise<void> {
  await query(
    'update package set monthly_allowance = $1 where id = (select package_id from device where id = $2)',
    [allowance, device.id],
  );
}

/** Gives a device what a voucher is worth; returns the id of the balance. */
export async function redeem(
  { query }: TestDatabase,
  { id: deviceId, agencyId, subaccountId }: TestDevice,
  { amount, days, at = new Date() }: { readonly amount: number; readonly days: number; readonly at?: Date },
): Promise<string> {
  const [voucherId, grantId] = [newId(), newId()];
  await query(
    `insert into voucher (id, agency_id, code, amount, validity_days, max_uses, use_count, created_at)
     values ($1::uuid, $2, $1::uuid::text, $3, $4, 1, 1, now())`,
    [voucherId, agencyId, amount, days],
  );
  await query(
    `insert into quota_grant (id, agency_id, subaccount_id, device_id, pool, voucher_id, amount, used, expires_at, created_at)
     values ($1, $2, $3, $4, 'PRO', $5, $6, 0, $8::timestamptz + $7 * interval '1 day', $8)`,
    [grantId, agencyId, subaccountId, deviceId, voucherId, amount, days, at],
  );
  await query(
    `insert into quota_entry (id, agency_id, subaccount_id, device_id, grant_id, kind, amount, created_at)
     values ($1, $2, $3, $4, $5, 'GRANT', $6, now())`,
    [newId(), agencyId, subaccountId, deviceId, grantId, amount],
  );
  return grantId;
}

export interface Balance {
  readonly free: number;
  readonly pro: number;
  /** Whether the entries of every balance sum up to it. */
  readonly consistent: boolean;
}

/** What is left in all balances of a device, lapsed ones included. */
export async function balanceOf({ query }: TestDatabase, device: TestDevice): Promise<Balance> {
  const [row] = await query<Balance>(
    `select coalesce(sum(g.amount - g.used) filter (where g.pool = 'FREE'), 0)::int as free,
            coalesce(sum(g.amount - g.used) filter (where g.pool = 'PRO'), 0)::int as pro,
            coalesce(bool_and(g.amount - g.used = e.sum), true) as consistent
     from quota_grant g
     cross join lateral (select coalesce(sum(amount), 0) as sum from quota_entry where grant_id = g.id) e
     where g.device_id = $1`,
    [device.id],
  );
  if (row === undefined) throw new Error('no balance');
  return row;
}

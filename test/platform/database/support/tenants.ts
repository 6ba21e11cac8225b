import { newId } from '../../../../src/kernel/ids.js';
import { Context } from '../../../../src/kernel/context.js';
import type { Scope } from '../../../../src/kernel/context.js';
import type { TestDatabase } from '../../../support/database.js';
import { DEFAULT_PACKAGE, DEFAULT_PLAN } from '../../../support/catalogue.js';

export interface SubaccountRows {
  readonly id: string;
  readonly agencyId: string;
  readonly deviceIds: readonly [string, string];
}

export interface Tenant {
  readonly agencyId: string;
  readonly subaccounts: readonly [SubaccountRows, SubaccountRows];
}

/** An agency with two subaccounts of two devices each, written past the server. */
export async function insertTenant({ query }: TestDatabase): Promise<Tenant> {
  const agencyId = newId();
  await query(`insert into agency (id, name, created_at) values ($1, 'Agency', now())`, [agencyId]);
  const subaccount = (): SubaccountRows => ({ id: newId(), agencyId, deviceIds: [newId(), newId()] });
  const subaccounts = [subaccount(), subaccount()] as const;
  for (const { id, deviceIds } of subaccounts) {
    await query(
      `insert into subaccount (id, agency_id, plan_id, name, timezone, require_business_account, created_at)
       values ($1, $2, ${DEFAULT_PLAN}, 'Subaccount', 'UTC', false, now())`,
      [id, agencyId],
    );
    for (const deviceId of deviceIds) {
      await query(
        `insert into device (id, agency_id, subaccount_id, package_id, label, priority, shard, link, connection, suspended, status,
           status_changed_at, connect_attempts, created_at)
         values ($1, $2, $3, ${DEFAULT_PACKAGE}, 'Device', 0, 0, 'NONE', 'OFFLINE', false, 'NOT_PAIRED', now(), 0, now())`,
        [deviceId, agencyId, id],
      );
    }
  }
  return { agencyId, subaccounts };
}

export function contextFor(scope: Scope | null): Context {
  return Context.forRequest({
    requestId: 'test',
    actor: { kind: 'operator' },
    scope,
    actions: new Set(),
  });
}

export function agencyContext(tenant: Tenant): Context {
  return contextFor({ agencyId: tenant.agencyId, subaccountIds: 'all' });
}

export function subaccountContext(subaccount: SubaccountRows): Context {
  return contextFor({ agencyId: subaccount.agencyId, subaccountIds: [subaccount.id] });
}

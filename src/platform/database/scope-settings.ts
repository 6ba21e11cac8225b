import type { EntityManager } from '@mikro-orm/postgresql';
import type { Scope } from '../../kernel/context.js';
import { PreparedStatement } from './prepared-statement.js';

/** Arguments of the ORM's `tenant` filter; `subaccountIds` null means all of the agency. */
export interface TenantFilterArguments {
  readonly agencyId: string;
  readonly subaccountIds: readonly string[] | null;
  readonly deviceId: string | null;
}

/** A statement or a silence inside a transaction that takes longer holds locks that others wait for. */
const SET_SCOPE = new PreparedStatement(
  'set_scope',
  `select set_config('app.agency_id', $1, true), set_config('app.subaccounts', $2, true),
          set_config('app.device_id', $3, true), set_config('statement_timeout', '15s', true),
          set_config('idle_in_transaction_session_timeout', '60s', true)`,
);

/** What the policies of row-level security read; transaction-local. Without a scope everything is empty, which means no rows. */
export async function setScope(em: EntityManager, scope: Scope | null): Promise<void> {
  await SET_SCOPE.run(em, scope === null ? ['', '', ''] : scopeValues(scope));
}

function scopeValues({ agencyId, subaccountIds: ids, deviceId }: Scope): string[] {
  const subaccounts = ids === 'all' ? '*' : ids.length === 0 ? '' : `{${ids.join(',')}}`;
  return [agencyId, subaccounts, deviceId ?? ''];
}

export function tenantFilterArguments(scope: Scope): TenantFilterArguments {
  return {
    agencyId: scope.agencyId,
    subaccountIds: scope.subaccountIds === 'all' ? null : scope.subaccountIds,
    deviceId: scope.deviceId ?? null,
  };
}

import type { Scope } from '../../kernel/context.js';

/** Arguments of the ORM's `tenant` filter; `subaccountIds` null means all of the agency. */
export interface TenantFilterArguments {
  readonly agencyId: string;
  readonly subaccountIds: readonly string[] | null;
  readonly deviceId: string | null;
}

/** What the policies of row-level security read; transaction-local. Unset means no rows. */
export function scopeSettings(scope: Scope): Record<string, string> {
  const ids = scope.subaccountIds;
  return {
    'app.agency_id': scope.agencyId,
    'app.subaccounts': ids === 'all' ? '*' : ids.length === 0 ? '' : `{${ids.join(',')}}`,
    'app.device_id': scope.deviceId ?? '',
  };
}

export function tenantFilterArguments(scope: Scope): TenantFilterArguments {
  return {
    agencyId: scope.agencyId,
    subaccountIds: scope.subaccountIds === 'all' ? null : scope.subaccountIds,
    deviceId: scope.deviceId ?? null,
  };
}

import { escapeLiteral } from 'pg';
import type { Scope } from '../../kernel/context.js';

/** Arguments of the ORM's `tenant` filter; `subaccountIds` null means all of the agency. */
export interface TenantFilterArguments {
  readonly agencyId: string;
  readonly subaccountIds: readonly string[] | null;
  readonly deviceId: string | null;
}

/** A statement or a silence inside a transaction that takes longer holds locks that others wait for. */
const TIMEOUTS = { statement_timeout: '15s', idle_in_transaction_session_timeout: '60s' };

/**
 * Lists are read in the order of an index, and stopped. PostgreSQL takes policies for more selective than they are, so it would rather
 * collect all rows of a tenant, by a bitmap or from the whole table, and sort them.
 */
const READING = { enable_bitmapscan: 'off', enable_seqscan: 'off' };

/**
 * A plan that serves all values is made at once, not after five that are each made for theirs: on the outbox planning costs more than running.
 * It goes from row to row by keys: one that was made while tables were small would read all of a tenant's rows for as long as it is kept.
 */
const KEEPING_PLANS = {
  plan_cache_mode: 'force_generic_plan',
  enable_hashjoin: 'off',
  enable_mergejoin: 'off',
  enable_seqscan: 'off',
};

/**
 * SQL that sets what the policies of row-level security read, for one transaction. Without a scope that is nothing: no rows. SET has nothing to plan
 * and no row to tell, as a SELECT of as many functions would have at the start of each transaction.
 */
export function scopeStatements(scope: Scope | null, { readOnly = false, keepsPlans = false } = {}): string {
  const settings = {
    ...TIMEOUTS,
    ...(readOnly && READING),
    ...(keepsPlans && KEEPING_PLANS),
    ...(scope !== null && scopeSettings(scope)),
  };
  return Object.entries(settings)
    .map(([name, value]) => `set local ${name} = ${escapeLiteral(value)}`)
    .join('; ');
}

function scopeSettings({ agencyId, subaccountIds: ids, deviceId }: Scope): Record<string, string> {
  return {
    'app.agency_id': agencyId,
    'app.subaccounts': ids === 'all' ? '*' : ids.length === 0 ? '' : `{${ids.join(',')}}`,
    'app.device_id': deviceId ?? '',
  };
}

export function tenantFilterArguments(scope: Scope): TenantFilterArguments {
  return {
    agencyId: scope.agencyId,
    subaccountIds: scope.subaccountIds === 'all' ? null : scope.subaccountIds,
    deviceId: scope.deviceId ?? null,
  };
}

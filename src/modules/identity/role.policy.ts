import { AGENCY_WIDE_ROLES, ROLE_ACTIONS, ROLES } from '../../kernel/access.js';
import type { Action, Role } from '../../kernel/access.js';

/** Who hands out a role or a key. Operators have no role but may do everything; API keys have actions only. */
export interface Grantor {
  readonly kind: 'operator' | 'user' | 'api_key';
  readonly role: Role | null;
  readonly actions: ReadonlySet<Action>;
}

/** Nobody grants above their own role, only an owner makes owners, and a key grants at most what it may do itself. */
export function mayGrantRole(grantor: Grantor, role: Role): boolean {
  if (grantor.kind === 'operator') return true;
  if (!grantor.actions.has('user:create')) return false;
  if (grantor.role !== null) return ROLES.indexOf(grantor.role) <= ROLES.indexOf(role);
  return role !== 'AGENCY_OWNER' && [...ROLE_ACTIONS[role]].every((action) => grantor.actions.has(action));
}

/** What is wrong with the subaccounts named for a role, or null. */
export function subaccountsProblem(role: Role, subaccountIds: readonly string[]): string | null {
  if (AGENCY_WIDE_ROLES.has(role)) {
    return subaccountIds.length === 0 ? null : `must be left out: ${role} sees every subaccount`;
  }
  return subaccountIds.length === 0 ? `must name at least one subaccount for ${role}` : null;
}

import { AGENCY_WIDE_ROLES, ROLES } from '../../kernel/access.js';
import type { Role } from '../../kernel/access.js';
import { invalidInput } from '../../kernel/errors.js';
import { subaccountsProblem } from './role.policy.js';

const MAX_SUBACCOUNTS = 100;

/** What a member is, and where. */
export interface Standing {
  /** Of the whole agency; below that the strongest of `roles`. */
  readonly role: Role;
  /** The role in each subaccount; empty for a role of the whole agency. */
  readonly roles: SubaccountRoles;
}

export type SubaccountRoles = ReadonlyMap<string, Role>;

/** As callers say it: a role with the subaccounts where it holds, and others with a role of their own. */
export interface StandingRequest {
  readonly role?: Role | null | undefined;
  readonly subaccountIds?: readonly string[] | null | undefined;
  readonly subaccountRoles?: readonly SubaccountRole[] | null | undefined;
}

export interface SubaccountRole {
  readonly subaccountId: string;
  readonly role: Role;
}

/** Throws INVALID_INPUT. */
export function standingOf(request: StandingRequest): Standing {
  if (request.subaccountRoles != null) return severalRoles(request, request.subaccountRoles);
  if (request.role == null) throw wrong('role', 'must be said, or subaccountRoles');
  return oneRole(request.role, request.subaccountIds ?? []);
}

/** What is left out stays. Throws INVALID_INPUT. */
export function changedStanding(current: Standing, request: StandingRequest): Standing {
  const { role, subaccountIds, subaccountRoles } = request;
  if (subaccountRoles != null) return severalRoles(request, subaccountRoles);
  if (role != null) {
    const stays = AGENCY_WIDE_ROLES.has(role) ? [] : [...current.roles.keys()];
    return oneRole(role, subaccountIds ?? stays);
  }
  return subaccountIds == null ? current : elsewhere(current, subaccountIds);
}

/** Every role that somebody has somewhere. */
export function rolesOf({ role, roles }: Standing): readonly Role[] {
  return [...new Set([role, ...roles.values()])];
}

export function strongest(roles: Iterable<Role>): Role | null {
  const known = new Set(roles);
  return ROLES.find((role) => known.has(role)) ?? null;
}

function oneRole(role: Role, subaccountIds: readonly string[]): Standing {
  const ids = [...new Set(subaccountIds)];
  const problem = subaccountsProblem(role, ids) ?? tooMany(ids.length);
  if (problem !== null) throw wrong('subaccountIds', problem);
  return { role, roles: new Map(ids.map((id) => [id, role])) };
}

/** The same roles where they stay; other places get the role that the member has everywhere. */
function elsewhere({ role, roles }: Standing, subaccountIds: readonly string[]): Standing {
  const differ = new Set(roles.values()).size > 1;
  if (differ && subaccountIds.some((id) => !roles.has(id))) {
    throw wrong(
      'subaccountIds',
      'names another subaccount for a user with several roles: say subaccountRoles',
    );
  }
  if (!differ) return oneRole(role, subaccountIds);
  const kept = subaccountIds.map((id) => ({ subaccountId: id, role: roles.get(id) ?? role }));
  return severalRoles({}, kept);
}

/** The role of its own in each of `places`, and `role` in those of `subaccountIds`. */
function severalRoles(
  { role, subaccountIds }: Pick<StandingRequest, 'role' | 'subaccountIds'>,
  places: readonly SubaccountRole[],
): Standing {
  if (role != null && AGENCY_WIDE_ROLES.has(role)) {
    throw wrong('subaccountRoles', `must be left out: ${role} sees every subaccount`);
  }
  const wide = places.findIndex((place) => AGENCY_WIDE_ROLES.has(place.role));
  if (wide >= 0) throw wrong(`subaccountRoles.${wide}.role`, 'must be a role of a subaccount');
  const others = (subaccountIds ?? []).map((subaccountId) => {
    if (role == null) throw wrong('role', 'must be said for subaccountIds');
    return { subaccountId, role };
  });
  const all = [...others, ...places];
  const roles = new Map(all.map((place) => [place.subaccountId, place.role]));
  const problem = roles.size < all.length ? 'must name each subaccount once' : tooMany(roles.size);
  if (problem !== null) throw wrong('subaccountRoles', problem);
  const most = strongest(roles.values());
  if (most === null) throw wrong('subaccountRoles', 'must name at least one subaccount');
  return { role: most, roles };
}

function tooMany(count: number): string | null {
  return count > MAX_SUBACCOUNTS ? `must name at most ${MAX_SUBACCOUNTS} subaccounts` : null;
}

function wrong(field: string, message: string): Error {
  return invalidInput([{ path: `input.${field}`, message }]);
}

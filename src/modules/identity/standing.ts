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

/** As callers say it: one role, with the subaccounts where it holds, or a role for each of them. */
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

function severalRoles(request: StandingRequest, places: readonly SubaccountRole[]): Standing {
  if (request.role != null || request.subaccountIds != null) {
    throw wrong('subaccountRoles', 'says it all: leave out role and subaccountIds');
  }
  const roles = new Map(places.map((place) => [place.subaccountId, place.role]));
  const role = strongest(roles.values());
  if (role === null) throw wrong('subaccountRoles', 'must name at least one subaccount');
  const problem = roles.size < places.length ? 'must name each subaccount once' : tooMany(roles.size);
  if (problem !== null) throw wrong('subaccountRoles', problem);
  const wide = places.findIndex((place) => AGENCY_WIDE_ROLES.has(place.role));
  if (wide >= 0) throw wrong(`subaccountRoles.${wide}.role`, 'must be a role of a subaccount');
  return { role, roles };
}

function tooMany(count: number): string | null {
  return count > MAX_SUBACCOUNTS ? `must name at most ${MAX_SUBACCOUNTS} subaccounts` : null;
}

function wrong(field: string, message: string): Error {
  return invalidInput([{ path: `input.${field}`, message }]);
}

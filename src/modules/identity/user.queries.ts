import type { FilterQuery } from '@mikro-orm/core';
import type { EntityManager } from '@mikro-orm/postgresql';
import { AGENCY_WIDE_ROLES } from '../../kernel/access.js';
import type { Role } from '../../kernel/access.js';
import type { Scope } from '../../kernel/context.js';
import { kernelErrors } from '../../kernel/errors.js';
import { decodeIdCursor, pageSize, toPage } from '../../kernel/page.js';
import type { Page, PageRequest } from '../../kernel/page.js';
import { Subaccount } from '../tenancy/index.js';
import { MembershipSubaccount } from './membership-subaccount.entity.js';
import { Membership } from './membership.entity.js';
import { strongest } from './standing.js';
import type { SubaccountRoles } from './standing.js';
import { User } from './user.entity.js';
import type { Member } from './user.writer.js';

interface MembershipTables {
  membership: { id: string; user_id: string };
  membership_subaccount: { membership_id: string; subaccount_id: string; role: Role };
}

/** A subaccount that somebody was given, and what they are there. */
export interface GivenSubaccount {
  readonly subaccount: Subaccount;
  readonly role: Role;
}

/** Users of the agency that `scope` may see, oldest first. */
export async function listMembers(
  em: EntityManager,
  scope: Scope,
  request: PageRequest,
): Promise<Page<Member>> {
  const size = pageSize(request);
  const conditions: FilterQuery<User>[] = [{ agencyId: scope.agencyId }];
  if (request.after != null) conditions.push({ id: { $gt: decodeIdCursor(request.after) } });
  const colleagues = await findColleagueIds(em, scope);
  if (colleagues !== null) conditions.push({ id: { $in: colleagues } });
  const users = await em.find(User, { $and: conditions }, { orderBy: { id: 'asc' }, limit: size + 1 });
  return toPage(await withRoles(em, users, scope), size, request, ({ user }) => [user.id]);
}

/** Those of `ids` that `scope` may see, in any order. */
export async function findMembers(
  em: EntityManager,
  scope: Scope,
  ids: readonly string[],
): Promise<Member[]> {
  const colleagues = await findColleagueIds(em, scope);
  const visible = colleagues === null ? [...ids] : ids.filter((id) => colleagues.includes(id));
  return withRoles(em, await em.find(User, { id: { $in: visible } }), scope);
}

/** Throws NOT_FOUND. */
export async function getMember(em: EntityManager, id: string): Promise<Member> {
  const [member] = await withRoles(em, await em.find(User, { id }));
  if (member === undefined) throw kernelErrors.NOT_FOUND();
  return member;
}

/** Whether a user sees a subaccount. */
export async function worksFor(em: EntityManager, userId: string, subaccountId: string): Promise<boolean> {
  return (await findWorkers(em, [userId], subaccountId)).has(userId);
}

/** Those of `userIds` who see a subaccount: by a role that sees all of the agency, or because it was given to them. */
export async function findWorkers(
  em: EntityManager,
  userIds: readonly string[],
  subaccountId: string,
): Promise<ReadonlySet<string>> {
  const memberships = await em.find(Membership, { userId: { $in: [...userIds] } });
  const links = await em.find(MembershipSubaccount, {
    membershipId: { $in: memberships.map(({ id }) => id) },
    subaccountId,
  });
  const given = new Set(links.map(({ membershipId }) => membershipId));
  const workers = memberships.filter(({ id, role }) => AGENCY_WIDE_ROLES.has(role) || given.has(id));
  return new Set(workers.map(({ userId }) => userId));
}

/** Whether the address belongs to a user of the agency, whatever the case of its letters. */
export async function isEmailTaken(em: EntityManager, email: string): Promise<boolean> {
  const [row] = await em.execute<{ taken: boolean }[]>(
    'select exists (select from app_user where lower(email) = lower(?) and removed_at is null) as taken',
    [email],
  );
  return row?.taken === true;
}

/** The agents of a subaccount: those who answer people. */
export async function listAgentIds(em: EntityManager, subaccountId: string): Promise<string[]> {
  const links = await em.find(MembershipSubaccount, { subaccountId, role: 'AGENT' });
  const ids = links.map(({ membershipId }) => membershipId);
  const agents = await em.find(Membership, { id: { $in: ids } });
  return agents.map(({ userId }) => userId);
}

const AGENCY_WIDE = [...AGENCY_WIDE_ROLES].map((role) => `'${role}'`).join(', ');

/** SQL of the users who see a subaccount (`user_id`), for statements that do something for each of them. */
export function workersOf(agencyId: string, subaccountId: string): string {
  return `select user_id from membership where agency_id = ${agencyId} and role in (${AGENCY_WIDE})
    union select m.user_id from membership_subaccount s join membership m on m.id = s.membership_id
    where s.agency_id = ${agencyId} and s.subaccount_id = ${subaccountId}`;
}

/** The user that came with the agency itself: its first. */
export async function getFounder(em: EntityManager, agencyId: string): Promise<Member> {
  const users = await em.find(User, { agencyId }, { orderBy: { id: 'asc' }, limit: 1 });
  const [founder] = await withRoles(em, users);
  if (founder === undefined) throw kernelErrors.NOT_FOUND();
  return founder;
}

/** The subaccounts that each user was given, as far as the reader sees them, by user id. */
export async function listGivenSubaccounts(
  em: EntityManager,
  userIds: readonly string[],
): Promise<Map<string, GivenSubaccount[]>> {
  return withSubaccounts(em, await findSubaccountRoles(em, userIds));
}

/** Those of the subaccounts that the reader sees, by the same keys. */
export async function withSubaccounts(
  em: EntityManager,
  rolesOf: ReadonlyMap<string, SubaccountRoles>,
): Promise<Map<string, GivenSubaccount[]>> {
  const ids = new Set([...rolesOf.values()].flatMap((roles) => [...roles.keys()]));
  const visible = await em.find(Subaccount, { id: { $in: [...ids] } });
  const byId = new Map(visible.map((subaccount) => [subaccount.id, subaccount]));
  const shown = (roles: SubaccountRoles): GivenSubaccount[] =>
    [...roles].flatMap(([id, role]) => {
      const subaccount = byId.get(id);
      return subaccount === undefined ? [] : [{ subaccount, role }];
    });
  return new Map([...rolesOf].map(([key, roles]) => [key, shown(roles)]));
}

/** The role of each user in each subaccount given, by user id. */
export async function findSubaccountRoles(
  em: EntityManager,
  userIds: readonly string[],
): Promise<Map<string, SubaccountRoles>> {
  const rows = await em
    .getKysely<MembershipTables>()
    .selectFrom('membership as m')
    .innerJoin('membership_subaccount as s', 's.membership_id', 'm.id')
    .where('m.user_id', 'in', [...userIds])
    .orderBy('s.subaccount_id')
    .select(['m.user_id', 's.subaccount_id', 's.role'])
    .execute();
  const byUser = new Map(userIds.map((id) => [id, new Map<string, Role>()]));
  for (const row of rows) byUser.get(row.user_id)?.set(row.subaccount_id, row.role);
  return byUser;
}

/**
 * A client of the agency does not see who works for its other clients: whoever is confined to subaccounts sees the users that share
 * one of them. null: all users of the agency.
 */
async function findColleagueIds(em: EntityManager, scope: Scope): Promise<string[] | null> {
  if (scope.subaccountIds === 'all') return null;
  const links = await em.find(MembershipSubaccount, { subaccountId: { $in: [...scope.subaccountIds] } });
  const members = await em.find(Membership, { id: { $in: links.map((link) => link.membershipId) } });
  return members.map((member) => member.userId);
}

/** What a user is elsewhere is nobody's business who is confined to subaccounts. */
async function withRoles(
  em: EntityManager,
  users: readonly User[],
  scope: Scope | null = null,
): Promise<Member[]> {
  const ids = users.map((user) => user.id);
  const memberships = await em.find(Membership, { userId: { $in: ids } });
  const roles = new Map(memberships.map((membership) => [membership.userId, membership.role]));
  const places = scope?.subaccountIds ?? 'all';
  if (places !== 'all' && ids.length > 0) {
    for (const [userId, given] of await findSubaccountRoles(em, ids)) {
      const visible = strongest(places.flatMap((id) => given.get(id) ?? []));
      if (visible !== null) roles.set(userId, visible);
    }
  }
  return users.map((user) => ({ user, role: roles.get(user.id) ?? null }));
}

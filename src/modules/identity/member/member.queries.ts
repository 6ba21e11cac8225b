import { LockMode } from '@mikro-orm/core';
import type { EntityManager } from '@mikro-orm/postgresql';
import type { Role } from '../../../kernel/access.js';
import type { Context } from '../../../kernel/context.js';
import { kernelErrors } from '../../../kernel/errors.js';
import { loadGrantor } from '../grantor.queries.js';
import { identityErrors } from '../identity.errors.js';
import { LoginSession } from '../login-session.entity.js';
import { Membership } from '../membership.entity.js';
import { mayGrantRole } from '../role.policy.js';
import type { Standing } from '../standing.js';
import { findSubaccountRoles } from '../user.queries.js';
import { User } from '../user.entity.js';

export interface LockedMember {
  readonly user: User;
  readonly membership: Membership;
  readonly standing: Standing;
}

/** A user of the agency whose rights nobody else changes until the transaction ends. Throws NOT_FOUND, also for one who left. */
export async function lockMember(em: EntityManager, userId: string): Promise<LockedMember> {
  const membership = await em.findOne(Membership, { userId }, { lockMode: LockMode.PESSIMISTIC_WRITE });
  const user = membership === null ? null : await em.findOne(User, { id: userId });
  if (membership === null || user === null) throw kernelErrors.NOT_FOUND();
  const roles = (await findSubaccountRoles(em, [userId])).get(userId) ?? new Map<string, Role>();
  return { user, membership, standing: { role: membership.role, roles } };
}

/** Nobody changes who is above them, and nobody lifts others above themselves. Throws ROLE_NOT_ALLOWED. */
export async function requireRoleAbove(em: EntityManager, ctx: Context, ...roles: Role[]): Promise<void> {
  const grantor = await loadGrantor(em, ctx);
  if (!roles.every((role) => mayGrantRole(grantor, role))) throw identityErrors.ROLE_NOT_ALLOWED();
}

/** Locks the owners, so that two of them cannot let each other go at once. Throws LAST_OWNER. */
export async function refuseLosingTheLastOwner(em: EntityManager, membership: Membership): Promise<void> {
  if (membership.role !== 'AGENCY_OWNER') return;
  const owners = await em.find(
    Membership,
    { role: 'AGENCY_OWNER' },
    { orderBy: { id: 'asc' }, lockMode: LockMode.PESSIMISTIC_WRITE },
  );
  if (owners.every(({ id }) => id === membership.id)) throw identityErrors.LAST_OWNER();
}

/** Ends the sessions of a user but the one to keep; returns those that ended. */
export async function endSessions(
  em: EntityManager,
  userId: string,
  at: Date,
  keptId: string | null = null,
): Promise<string[]> {
  const sessions = await em.find(LoginSession, { userId, revokedAt: null, expiresAt: { $gt: at } });
  const ended = sessions.filter(({ id }) => id !== keptId);
  for (const session of ended) session.revoke(at);
  return ended.map(({ id }) => id);
}

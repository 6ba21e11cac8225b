import { LockMode } from '@mikro-orm/core';
import type { EntityManager } from '@mikro-orm/postgresql';
import type { Role } from '../../../kernel/access.js';
import { kernelErrors } from '../../../kernel/errors.js';
import { decodeIdCursor, pageSize, toPage } from '../../../kernel/page.js';
import type { Page, PageRequest } from '../../../kernel/page.js';
import type { Transaction } from '../../../platform/database/transaction.js';
import { invitationChanged } from '../identity.events.js';
import type { SubaccountRoles } from '../standing.js';
import { InvitationSubaccount } from './invitation-subaccount.entity.js';
import { Invitation } from './invitation.entity.js';

/** An invitation that nobody else accepts, revokes or renews until the transaction ends. Throws NOT_FOUND. */
export async function lockInvitation(em: EntityManager, id: string): Promise<Invitation> {
  const invitation = await em.findOne(Invitation, { id }, { lockMode: LockMode.PESSIMISTIC_WRITE });
  if (invitation === null) throw kernelErrors.NOT_FOUND();
  return invitation;
}

export function findInvitations(em: EntityManager, ids: readonly string[]): Promise<Invitation[]> {
  return em.find(Invitation, { id: { $in: [...ids] } });
}

/** Invitations of an agency, oldest first. */
export async function listInvitations(
  em: EntityManager,
  agencyId: string,
  request: PageRequest,
): Promise<Page<Invitation>> {
  const size = pageSize(request);
  const place = request.after == null ? {} : { id: { $gt: decodeIdCursor(request.after) } };
  const rows = await em.find(Invitation, { agencyId, ...place }, { orderBy: { id: 'asc' }, limit: size + 1 });
  return toPage(rows, size, request, (invitation) => [invitation.id]);
}

/** The role in each subaccount that each invitation is for, by its id. */
export async function findInvitedRoles(
  em: EntityManager,
  invitationIds: readonly string[],
): Promise<ReadonlyMap<string, SubaccountRoles>> {
  const rows = await em.find(
    InvitationSubaccount,
    { invitationId: { $in: [...invitationIds] } },
    { orderBy: { subaccountId: 'asc' } },
  );
  const byInvitation = new Map(invitationIds.map((id) => [id, new Map<string, Role>()]));
  for (const { invitationId, subaccountId, role } of rows)
    byInvitation.get(invitationId)?.set(subaccountId, role);
  return byInvitation;
}

/** Takes back what a user or a key had invited to and nobody has accepted; with `roles` those to one of them alone. */
export async function withdrawInvitations(
  tx: Transaction,
  {
    invitedById,
    roles,
    at,
  }: { readonly invitedById: string; readonly roles?: readonly Role[]; readonly at: Date },
): Promise<void> {
  const pending = await tx.em.find(
    Invitation,
    {
      invitedById,
      acceptedAt: null,
      revokedAt: null,
      ...(roles !== undefined && { role: { $in: [...roles] } }),
    },
    { orderBy: { id: 'asc' }, lockMode: LockMode.PESSIMISTIC_WRITE },
  );
  for (const invitation of pending) {
    invitation.revokedAt = at;
    tx.append(invitationChanged('invitation.revoked', invitation));
  }
}

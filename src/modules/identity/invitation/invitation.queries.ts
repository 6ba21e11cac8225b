import { LockMode } from '@mikro-orm/core';
import type { EntityManager } from '@mikro-orm/postgresql';
import { kernelErrors } from '../../../kernel/errors.js';
import { decodeIdCursor, pageSize, toPage } from '../../../kernel/page.js';
import type { Page, PageRequest } from '../../../kernel/page.js';
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

/** The subaccounts that each invitation is for, by its id. */
export async function findInvitedSubaccountIds(
  em: EntityManager,
  invitationIds: readonly string[],
): Promise<ReadonlyMap<string, string[]>> {
  const rows = await em.find(
    InvitationSubaccount,
    { invitationId: { $in: [...invitationIds] } },
    { orderBy: { subaccountId: 'asc' } },
  );
  const byInvitation = new Map<string, string[]>(invitationIds.map((id) => [id, []]));
  for (const { invitationId, subaccountId } of rows) byInvitation.get(invitationId)?.push(subaccountId);
  return byInvitation;
}

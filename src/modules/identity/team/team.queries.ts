import { LockMode } from '@mikro-orm/core';
import type { EntityManager } from '@mikro-orm/postgresql';
import { kernelErrors } from '../../../kernel/errors.js';
import { decodeIdCursor, pageSize, toPage } from '../../../kernel/page.js';
import type { Page, PageRequest } from '../../../kernel/page.js';
import { TeamMember } from './team-member.entity.js';
import { Team } from './team.entity.js';

/** Throws NOT_FOUND. */
export async function getTeam(em: EntityManager, id: string): Promise<Team> {
  const team = await em.findOne(Team, { id });
  if (team === null) throw kernelErrors.NOT_FOUND();
  return team;
}

/** A team whose members nobody else changes until the transaction ends. Throws NOT_FOUND. */
export async function lockTeam(em: EntityManager, id: string): Promise<Team> {
  const team = await em.findOne(Team, { id }, { lockMode: LockMode.PESSIMISTIC_WRITE });
  if (team === null) throw kernelErrors.NOT_FOUND();
  return team;
}

export function findTeams(em: EntityManager, ids: readonly string[]): Promise<Team[]> {
  return em.find(Team, { id: { $in: [...ids] } });
}

/** Teams of a subaccount, oldest first; with `memberId` those that this user is in. */
export async function listTeams(
  em: EntityManager,
  subaccountId: string,
  request: PageRequest,
  memberId: string | null,
): Promise<Page<Team>> {
  const size = pageSize(request);
  const place = request.after == null ? {} : { $gt: decodeIdCursor(request.after) };
  const own = memberId === null ? {} : { $in: await findTeamIdsOf(em, memberId, subaccountId) };
  const rows = await em.find(
    Team,
    { subaccountId, ...(memberId !== null || request.after != null ? { id: { ...place, ...own } } : {}) },
    { orderBy: { id: 'asc' }, limit: size + 1 },
  );
  return toPage(rows, size, request, (team) => [team.id]);
}

/** The users of each team, those who were added first before the others. */
export async function findTeamMemberIds(
  em: EntityManager,
  teamIds: readonly string[],
): Promise<ReadonlyMap<string, string[]>> {
  const members = await em.find(
    TeamMember,
    { teamId: { $in: [...teamIds] } },
    { orderBy: { addedAt: 'asc', userId: 'asc' } },
  );
  const byTeam = new Map<string, string[]>(teamIds.map((id) => [id, []]));
  for (const { teamId, userId } of members) byTeam.get(teamId)?.push(userId);
  return byTeam;
}

async function findTeamIdsOf(em: EntityManager, userId: string, subaccountId: string): Promise<string[]> {
  const members = await em.find(TeamMember, { userId, subaccountId });
  return members.map(({ teamId }) => teamId);
}

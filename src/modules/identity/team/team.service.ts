import { UniqueConstraintViolationException } from '@mikro-orm/core';
import type { Clock } from '../../../kernel/clock.js';
import type { Context } from '../../../kernel/context.js';
import { invalidInput } from '../../../kernel/errors.js';
import { parseInput } from '../../../kernel/input.js';
import type { Page, PageRequest } from '../../../kernel/page.js';
import type { Database } from '../../../platform/database/database.js';
import type { Transaction } from '../../../platform/database/transaction.js';
import { getSubaccount } from '../../tenancy/index.js';
import { identityErrors } from '../identity.errors.js';
import { findWorkers } from '../user.queries.js';
import { TeamMember } from './team-member.entity.js';
import { Team } from './team.entity.js';
import { teamChanged } from './team.events.js';
import { MAX_MEMBERS, MAX_TEAMS, newTeam, teamChanges, teamMembers } from './team.input.js';
import type { NewTeam, TeamChanges } from './team.input.js';
import { findTeamMemberIds, findTeams, getTeam, listTeams, lockTeam } from './team.queries.js';

/** Reads and changes the teams of subaccounts. */
export class TeamService {
  readonly #database: Database;
  readonly #clock: Clock;

  constructor(options: { readonly database: Database; readonly clock: Clock }) {
    this.#database = options.database;
    this.#clock = options.clock;
  }

  /** Throws NOT_FOUND. */
  get(ctx: Context, id: string): Promise<Team> {
    return this.#database.read(ctx, (em) => getTeam(em, id));
  }

  /** Those that exist and may be seen, in no order. */
  findAll(ctx: Context, ids: readonly string[]): Promise<readonly Team[]> {
    return this.#database.read(ctx, (em) => findTeams(em, ids));
  }

  /** Oldest first; with `memberId` those that this user is in. */
  list(
    ctx: Context,
    subaccountId: string,
    request: PageRequest,
    memberId: string | null,
  ): Promise<Page<Team>> {
    return this.#database.read(ctx, (em) => listTeams(em, subaccountId, request, memberId));
  }

  /** The users of each team, by its id. */
  findMemberIds(ctx: Context, teamIds: readonly string[]): Promise<ReadonlyMap<string, string[]>> {
    return this.#database.read(ctx, (em) => findTeamMemberIds(em, teamIds));
  }

  /** Throws TEAM_NAME_TAKEN. */
  create(ctx: Context, request: NewTeam): Promise<Team> {
    const { subaccountId, name, memberIds } = parseInput(newTeam, request);
    return this.#database.write(ctx, async (tx) => {
      const { agencyId } = await getSubaccount(tx.em, subaccountId);
      if ((await tx.em.count(Team, { subaccountId })) >= MAX_TEAMS) {
        throw identityErrors.TEAM_LIMIT_EXCEEDED({ data: { limit: MAX_TEAMS } });
      }
      const team = Team.create({ agencyId, subaccountId, name }, this.#clock.now());
      tx.em.persist(team);
      await flushName(tx);
      await this.#add(tx, team, memberIds, 'input.memberIds');
      tx.append(teamChanged('team.created', team, { addedUserIds: memberIds }));
      return team;
    });
  }

  /** Throws TEAM_NAME_TAKEN. */
  rename(ctx: Context, id: string, request: TeamChanges): Promise<Team> {
    const { name } = parseInput(teamChanges, request);
    return this.#database.write(ctx, async (tx) => {
      const team = await lockTeam(tx.em, id);
      if (team.name === name) return team;
      Object.assign(team, { name, updatedAt: this.#clock.now() });
      await flushName(tx);
      tx.append(teamChanged('team.updated', team));
      return team;
    });
  }

  /** Users who are in it already stay as they are. */
  addMembers(ctx: Context, id: string, userIds: readonly string[]): Promise<Team> {
    const wanted = parseInput(teamMembers, { userIds }).userIds;
    return this.#database.write(ctx, async (tx) => {
      const team = await lockTeam(tx.em, id);
      const known = (await findTeamMemberIds(tx.em, [id])).get(id) ?? [];
      const added = wanted.filter((userId) => !known.includes(userId));
      if (known.length + added.length > MAX_MEMBERS) {
        throw invalidInput([{ path: 'input.userIds', message: `would be more than ${MAX_MEMBERS} in all` }]);
      }
      await this.#add(tx, team, added, 'input.userIds');
      this.#tell(tx, team, { addedUserIds: added });
      return team;
    });
  }

  /** Users who are not in it are passed over. */
  removeMembers(ctx: Context, id: string, userIds: readonly string[]): Promise<Team> {
    const unwanted = parseInput(teamMembers, { userIds }).userIds;
    return this.#database.write(ctx, async (tx) => {
      const team = await lockTeam(tx.em, id);
      const known = (await findTeamMemberIds(tx.em, [id])).get(id) ?? [];
      const removed = unwanted.filter((userId) => known.includes(userId));
      await tx.em.nativeDelete(TeamMember, { teamId: id, userId: { $in: removed } });
      this.#tell(tx, team, { removedUserIds: removed });
      return team;
    });
  }

  delete(ctx: Context, id: string): Promise<void> {
    return this.#database.write(ctx, async (tx) => {
      const team = await lockTeam(tx.em, id);
      tx.em.remove(team);
      tx.append(teamChanged('team.deleted', team));
    });
  }

  async #add(tx: Transaction, team: Team, userIds: readonly string[], path: string): Promise<void> {
    const workers = await findWorkers(tx.em, userIds, team.subaccountId);
    const strangers = userIds.filter((id) => !workers.has(id));
    if (strangers.length > 0) {
      throw invalidInput([{ path, message: 'must be users who work for the subaccount' }]);
    }
    const at = this.#clock.now();
    for (const userId of userIds) tx.em.persist(TeamMember.create(team, userId, at));
  }

  #tell(tx: Transaction, team: Team, changes: Record<string, readonly string[]>): void {
    if (Object.values(changes).every((userIds) => userIds.length === 0)) return;
    team.updatedAt = this.#clock.now();
    tx.append(teamChanged('team.updated', team, changes));
  }
}

/** The database knows best whether a name is free. */
async function flushName(tx: Transaction): Promise<void> {
  try {
    await tx.em.flush();
  } catch (error) {
    if (!(error instanceof UniqueConstraintViolationException)) throw error;
    throw identityErrors.TEAM_NAME_TAKEN({
      fields: [{ path: 'input.name', message: 'is the name of another team of the subaccount' }],
      cause: error,
    });
  }
}

import type { Clock } from '../../../kernel/clock.js';
import { AGENCY_WIDE_ROLES, ROLE_ACTIONS, ROLES } from '../../../kernel/access.js';
import type { Role } from '../../../kernel/access.js';
import type { Context } from '../../../kernel/context.js';
import type { Database } from '../../../platform/database/database.js';
import type { Transaction } from '../../../platform/database/transaction.js';
import { Subaccount } from '../../tenancy/index.js';
import type { TenantScopes } from '../../tenancy/index.js';
import { memberAdded, memberRemoved, memberUpdated, userRemoved, userUpdated } from '../identity.events.js';
import { withdrawInvitations } from '../invitation/invitation.queries.js';
import { MembershipSubaccount } from '../membership-subaccount.entity.js';
import type { Membership } from '../membership.entity.js';
import { refuseUnknownSubaccounts } from '../role.checks.js';
import { mayGrantRole } from '../role.policy.js';
import { changedStanding, rolesOf } from '../standing.js';
import type { Standing, StandingRequest, SubaccountRoles } from '../standing.js';
import { TeamMember } from '../team/team-member.entity.js';
import type { TokenRevocations } from '../token-revocations.js';
import type { Member } from '../user.writer.js';
import { endSessions, lockMember, refuseLosingTheLastOwner, requireRoleAbove } from './member.queries.js';

/** Changes what the users of an agency may do, and lets them go. `agencyId` is for the operator, who has none of its own. */
export class MemberService {
  readonly #database: Database;
  readonly #scopes: TenantScopes;
  readonly #revocations: TokenRevocations;
  readonly #clock: Clock;

  constructor(options: {
    readonly database: Database;
    readonly scopes: TenantScopes;
    readonly revocations: TokenRevocations;
    readonly clock: Clock;
  }) {
    this.#database = options.database;
    this.#scopes = options.scopes;
    this.#revocations = options.revocations;
    this.#clock = options.clock;
  }

  /** Bites at once, also for what the user is subscribed to. Throws ROLE_NOT_ALLOWED and LAST_OWNER. */
  async update(
    ctx: Context,
    userId: string,
    changes: StandingRequest,
    agencyId: string | null,
  ): Promise<Member> {
    const inside = await this.#enter(ctx, agencyId);
    return this.#database.write(inside, async (tx) => {
      const { user, membership, standing } = await lockMember(tx.em, userId);
      const wanted = changedStanding(standing, changes);
      await requireRoleAbove(tx.em, inside, ...rolesOf(standing), ...rolesOf(wanted));
      await refuseUnknownSubaccounts(tx, [...wanted.roles.keys()]);
      if (wanted.role !== 'AGENCY_OWNER') await refuseLosingTheLastOwner(tx.em, membership);
      const changed = changesBetween(standing, wanted);
      if (changed.length === 0) return { user, role: membership.role };
      membership.role = wanted.role;
      await replaceRoles(tx, membership, standing.roles, wanted.roles);
      tx.append(userUpdated(user, membership, { changed, previousRole: standing.role }));
      await moveMember(tx, userId, await placesOf(tx, standing), await placesOf(tx, wanted));
      await this.#withdrawInvitations(tx, membership);
      tx.afterCommit(() => this.#revocations.rightsChanged());
      return { user, role: wanted.role };
    });
  }

  /** Ends every session; the user's name stays with what they did. Throws ROLE_NOT_ALLOWED and LAST_OWNER. */
  async remove(ctx: Context, userId: string, agencyId: string | null): Promise<void> {
    const inside = await this.#enter(ctx, agencyId);
    await this.#database.write(inside, async (tx) => {
      const { user, membership, standing } = await lockMember(tx.em, userId);
      await requireRoleAbove(tx.em, inside, ...rolesOf(standing));
      await refuseLosingTheLastOwner(tx.em, membership);
      const at = this.#clock.now();
      await moveMember(tx, userId, await placesOf(tx, standing), new Map());
      await withdrawInvitations(tx, { invitedById: userId, at });
      tx.append(userRemoved(user, membership));
      await tx.em.nativeDelete(MembershipSubaccount, { membershipId: membership.id });
      tx.em.remove(membership);
      user.remove(at);
      const sessionIds = await endSessions(tx.em, userId, at);
      tx.afterCommit(() => this.#revocations.announce(...sessionIds));
    });
  }

  /** Those that the user could not make any more: whoever holds the token of one would come in with what its maker has lost. */
  async #withdrawInvitations(tx: Transaction, { userId: invitedById, role }: Membership): Promise<void> {
    const grantor = { kind: 'user', role, actions: ROLE_ACTIONS[role] } as const;
    const isBeyond = (invited: Role): boolean => !mayGrantRole(grantor, invited);
    await withdrawInvitations(tx, { invitedById, at: this.#clock.now(), roles: ROLES.filter(isBeyond) });
  }

  #enter(ctx: Context, agencyId: string | null): Promise<Context> {
    return this.#scopes.enterAgency(ctx, agencyId ?? ctx.requireScope().agencyId);
  }
}

/** The names of what is different. */
function changesBetween(before: Standing, after: Standing): string[] {
  const places = ({ roles }: Standing): string => [...roles.keys()].sort().join();
  const changes: string[] = [];
  if (before.role !== after.role) changes.push('role');
  if (places(before) !== places(after)) changes.push('subaccountIds');
  const isOther = ([id, role]: readonly [string, Role]): boolean => (before.roles.get(id) ?? role) !== role;
  if ([...after.roles].some(isOther)) changes.push('subaccountRoles');
  return changes;
}

async function replaceRoles(
  tx: Transaction,
  membership: Membership,
  given: SubaccountRoles,
  wanted: SubaccountRoles,
): Promise<void> {
  const { id: membershipId } = membership;
  const lost = [...given.keys()].filter((id) => !wanted.has(id));
  await tx.em.nativeDelete(MembershipSubaccount, { membershipId, subaccountId: { $in: lost } });
  for (const [subaccountId, role] of wanted) {
    const before = given.get(subaccountId);
    if (before === undefined) tx.em.persist(MembershipSubaccount.create(membership, subaccountId, role));
    else if (before !== role)
      await tx.em.nativeUpdate(MembershipSubaccount, { membershipId, subaccountId }, { role });
  }
}

/** Where somebody works, and as what. */
async function placesOf(tx: Transaction, { role, roles }: Standing): Promise<SubaccountRoles> {
  if (!AGENCY_WIDE_ROLES.has(role)) return roles;
  const all = await tx.em.find(Subaccount, {}, { fields: ['id'] });
  return new Map(all.map(({ id }) => [id, role]));
}

/** Leaves the teams of what is lost. Told in the stream of each subaccount, where whoever hands over work listens. */
async function moveMember(
  tx: Transaction,
  userId: string,
  before: SubaccountRoles,
  after: SubaccountRoles,
): Promise<void> {
  const lost = [...before.keys()].filter((id) => !after.has(id));
  await tx.em.nativeDelete(TeamMember, { userId, subaccountId: { $in: lost } });
  for (const subaccountId of lost) tx.append(memberRemoved(userId, subaccountId));
  for (const [subaccountId, role] of after) {
    const previousRole = before.get(subaccountId);
    if (previousRole === undefined) tx.append(memberAdded(userId, subaccountId, role));
    else if (previousRole !== role && !(AGENCY_WIDE_ROLES.has(role) && AGENCY_WIDE_ROLES.has(previousRole)))
      tx.append(memberUpdated(userId, subaccountId, { role, previousRole }));
  }
}

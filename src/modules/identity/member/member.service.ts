import type { Clock } from '../../../kernel/clock.js';
import { AGENCY_WIDE_ROLES } from '../../../kernel/access.js';
import type { Role } from '../../../kernel/access.js';
import type { Context } from '../../../kernel/context.js';
import type { Database } from '../../../platform/database/database.js';
import type { Transaction } from '../../../platform/database/transaction.js';
import { Subaccount } from '../../tenancy/index.js';
import type { TenantScopes } from '../../tenancy/index.js';
import { memberAdded, memberRemoved, userRemoved, userUpdated } from '../identity.events.js';
import { MembershipSubaccount } from '../membership-subaccount.entity.js';
import type { Membership } from '../membership.entity.js';
import { refuseUnknownSubaccounts, refuseWrongSubaccounts } from '../role.checks.js';
import { TeamMember } from '../team/team-member.entity.js';
import type { TokenRevocations } from '../token-revocations.js';
import type { Member } from '../user.writer.js';
import { endSessions, lockMember, refuseLosingTheLastOwner, requireRoleAbove } from './member.queries.js';
import type { LockedMember } from './member.queries.js';

/** What is left out stays. */
export interface MemberChanges {
  readonly role?: Role | undefined;
  readonly subaccountIds?: readonly string[] | undefined;
}

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
    changes: MemberChanges,
    agencyId: string | null,
  ): Promise<Member> {
    const inside = await this.#enter(ctx, agencyId);
    return this.#database.write(inside, async (tx) => {
      const member = await lockMember(tx.em, userId);
      const { user, membership } = member;
      const role = changes.role ?? membership.role;
      const stays = AGENCY_WIDE_ROLES.has(role) ? [] : member.subaccountIds;
      const subaccountIds = [...new Set(changes.subaccountIds ?? stays)];
      refuseWrongSubaccounts(role, subaccountIds);
      await requireRoleAbove(tx.em, inside, membership.role, role);
      await refuseUnknownSubaccounts(tx, subaccountIds);
      if (role !== 'AGENCY_OWNER') await refuseLosingTheLastOwner(tx.em, membership);
      const before = await placesOf(tx, membership.role, member.subaccountIds);
      const changed = await this.#apply(tx, member, role, subaccountIds);
      if (changed.length === 0) return { user, role };
      tx.append(userUpdated(user, membership, changed));
      await moveMember(tx, userId, before, await placesOf(tx, role, subaccountIds));
      tx.afterCommit(() => this.#revocations.rightsChanged());
      return { user, role };
    });
  }

  /** Ends every session; the user's name stays with what they did. Throws ROLE_NOT_ALLOWED and LAST_OWNER. */
  async remove(ctx: Context, userId: string, agencyId: string | null): Promise<void> {
    const inside = await this.#enter(ctx, agencyId);
    await this.#database.write(inside, async (tx) => {
      const { user, membership, subaccountIds } = await lockMember(tx.em, userId);
      await requireRoleAbove(tx.em, inside, membership.role);
      await refuseLosingTheLastOwner(tx.em, membership);
      const at = this.#clock.now();
      await moveMember(tx, userId, await placesOf(tx, membership.role, subaccountIds), []);
      tx.append(userRemoved(user, membership));
      await tx.em.nativeDelete(MembershipSubaccount, { membershipId: membership.id });
      tx.em.remove(membership);
      user.remove(at);
      const sessionIds = await endSessions(tx.em, userId, at);
      tx.afterCommit(() => this.#revocations.announce(...sessionIds));
    });
  }

  #enter(ctx: Context, agencyId: string | null): Promise<Context> {
    return this.#scopes.enterAgency(ctx, agencyId ?? ctx.requireScope().agencyId);
  }

  /** Returns the names of what is different now. */
  async #apply(
    tx: Transaction,
    { membership, subaccountIds: given }: LockedMember,
    role: Role,
    wanted: readonly string[],
  ): Promise<string[]> {
    const changed = [
      ...(membership.role === role ? [] : ['role']),
      ...(given.toSorted().join() === wanted.toSorted().join() ? [] : ['subaccountIds']),
    ];
    membership.role = role;
    await replaceSubaccounts(tx, membership, given, wanted);
    return changed;
  }
}

async function replaceSubaccounts(
  tx: Transaction,
  membership: Membership,
  given: readonly string[],
  wanted: readonly string[],
): Promise<void> {
  const lost = given.filter((id) => !wanted.includes(id));
  await tx.em.nativeDelete(MembershipSubaccount, {
    membershipId: membership.id,
    subaccountId: { $in: lost },
  });
  for (const id of wanted.filter((each) => !given.includes(each))) {
    tx.em.persist(MembershipSubaccount.create(membership, id));
  }
}

/** Where somebody with this role works. */
async function placesOf(tx: Transaction, role: Role, given: readonly string[]): Promise<readonly string[]> {
  if (!AGENCY_WIDE_ROLES.has(role)) return given;
  return (await tx.em.find(Subaccount, {}, { fields: ['id'] })).map(({ id }) => id);
}

/** Leaves the teams of what is lost. Told in the stream of each subaccount, where whoever hands over work listens. */
async function moveMember(
  tx: Transaction,
  userId: string,
  before: readonly string[],
  after: readonly string[],
): Promise<void> {
  const lost = before.filter((id) => !after.includes(id));
  await tx.em.nativeDelete(TeamMember, { userId, subaccountId: { $in: lost } });
  for (const subaccountId of lost) tx.append(memberRemoved(userId, subaccountId));
  for (const subaccountId of after.filter((id) => !before.includes(id))) {
    tx.append(memberAdded(userId, subaccountId));
  }
}

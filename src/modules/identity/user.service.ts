import { z } from 'zod';
import type { Clock } from '../../kernel/clock.js';
import type { Context } from '../../kernel/context.js';
import { parseInput } from '../../kernel/input.js';
import type { Page, PageRequest } from '../../kernel/page.js';
import type { Passwords } from '../../platform/crypto/passwords.js';
import type { Database } from '../../platform/database/database.js';
import type { TenantScopes } from '../tenancy/index.js';
import { requireRoleAbove } from './member/member.queries.js';
import { refuseUnknownSubaccounts } from './role.checks.js';
import { rolesOf, standingOf } from './standing.js';
import type { StandingRequest } from './standing.js';
import { emailText, newPasswordText } from './user.input.js';
import { findMembers, listGivenSubaccounts, listMembers } from './user.queries.js';
import type { GivenSubaccount } from './user.queries.js';
import { insertMember } from './user.writer.js';
import type { User } from './user.entity.js';
import type { Member } from './user.writer.js';

const newUser = z.object({ email: emailText, password: newPasswordText });

interface CreateUser extends z.input<typeof newUser>, StandingRequest {
  readonly agencyId: string;
}

export class UserService {
  readonly #database: Database;
  readonly #scopes: TenantScopes;
  readonly #passwords: Passwords;
  readonly #clock: Clock;

  constructor(options: {
    readonly database: Database;
    readonly scopes: TenantScopes;
    readonly passwords: Passwords;
    readonly clock: Clock;
  }) {
    this.#database = options.database;
    this.#scopes = options.scopes;
    this.#passwords = options.passwords;
    this.#clock = options.clock;
  }

  /** Throws ROLE_NOT_ALLOWED, EMAIL_TAKEN, and NOT_FOUND for a subaccount that the caller may not see. */
  async createUser(ctx: Context, input: CreateUser): Promise<Member> {
    const { email, password } = parseInput(newUser, input);
    const { agencyId } = input;
    const standing = standingOf(input);
    const inside = await this.#scopes.enterAgency(ctx, agencyId);
    // Outside the transaction: it takes long and needs no connection.
    const passwordHash = await this.#passwords.hash(password);
    return this.#database.write(inside, async (tx) => {
      await requireRoleAbove(tx.em, inside, ...rolesOf(standing));
      await refuseUnknownSubaccounts(tx, [...standing.roles.keys()]);
      return insertMember(tx, { agencyId, email, passwordHash, standing, at: this.#clock.now() });
    });
  }

  async listMembers(ctx: Context, agencyId: string, request: PageRequest): Promise<Page<Member>> {
    const inside = await this.#scopes.enterAgency(ctx, agencyId);
    return this.#database.read(inside, (em) => listMembers(em, inside.requireScope(), request));
  }

  /** Those of `ids` that the caller may see, in any order. */
  async findMembers(ctx: Context, ids: readonly string[]): Promise<Member[]> {
    const { scope } = ctx;
    if (scope === null) return [];
    return this.#database.read(ctx, (em) => findMembers(em, scope, ids));
  }

  /** The subaccounts that each user was given, as far as the caller sees them, in the order of `users`. */
  async listGivenSubaccounts(ctx: Context, users: readonly User[]): Promise<GivenSubaccount[][]> {
    const byUser = new Map<string, GivenSubaccount[]>();
    for (const agencyId of new Set(users.map((user) => user.agencyId))) {
      const inside = await this.#scopes.enterAgency(ctx, agencyId);
      const userIds = users.filter((user) => user.agencyId === agencyId).map((user) => user.id);
      const given = await this.#database.read(inside, (em) => listGivenSubaccounts(em, userIds));
      for (const [userId, subaccounts] of given) byUser.set(userId, subaccounts);
    }
    return users.map((user) => byUser.get(user.id) ?? []);
  }
}

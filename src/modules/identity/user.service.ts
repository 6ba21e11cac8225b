import { z } from 'zod';
import type { Role } from '../../kernel/access.js';
import type { Clock } from '../../kernel/clock.js';
import type { Context } from '../../kernel/context.js';
import { parseInput } from '../../kernel/input.js';
import type { Page, PageRequest } from '../../kernel/page.js';
import type { Passwords } from '../../platform/crypto/passwords.js';
import type { Database } from '../../platform/database/database.js';
import type { Subaccount, TenantScopes } from '../tenancy/index.js';
import { loadGrantor } from './grantor.queries.js';
import { identityErrors } from './identity.errors.js';
import { refuseUnknownSubaccounts, refuseWrongSubaccounts } from './role.checks.js';
import { mayGrantRole } from './role.policy.js';
import { emailText, newPasswordText } from './user.input.js';
import { findMembers, listGivenSubaccounts, listMembers } from './user.queries.js';
import { insertMember } from './user.writer.js';
import type { User } from './user.entity.js';
import type { Member } from './user.writer.js';

const newUser = z.object({ email: emailText, password: newPasswordText });

interface CreateUser extends z.input<typeof newUser> {
  readonly agencyId: string;
  readonly role: Role;
  readonly subaccountIds: readonly string[];
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
    const { agencyId, role } = input;
    const subaccountIds = [...new Set(input.subaccountIds)];
    refuseWrongSubaccounts(role, subaccountIds);
    const inside = await this.#scopes.enterAgency(ctx, agencyId);
    // Outside the transaction: it takes long and needs no connection.
    const passwordHash = await this.#passwords.hash(password);
    return this.#database.write(inside, async (tx) => {
      if (!mayGrantRole(await loadGrantor(tx.em, inside), role)) throw identityErrors.ROLE_NOT_ALLOWED();
      await refuseUnknownSubaccounts(tx, subaccountIds);
      const at = this.#clock.now();
      return insertMember(tx, { agencyId, email, passwordHash, role, subaccountIds, at });
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
  async listGivenSubaccounts(ctx: Context, users: readonly User[]): Promise<Subaccount[][]> {
    const byUser = new Map<string, Subaccount[]>();
    for (const agencyId of new Set(users.map((user) => user.agencyId))) {
      const inside = await this.#scopes.enterAgency(ctx, agencyId);
      const userIds = users.filter((user) => user.agencyId === agencyId).map((user) => user.id);
      const given = await this.#database.read(inside, (em) => listGivenSubaccounts(em, userIds));
      for (const [userId, subaccounts] of given) byUser.set(userId, subaccounts);
    }
    return users.map((user) => byUser.get(user.id) ?? []);
  }
}

import { z } from 'zod';
import type { Clock } from '../../../kernel/clock.js';
import type { Context } from '../../../kernel/context.js';
import { parseInput } from '../../../kernel/input.js';
import type { Passwords } from '../../../platform/crypto/passwords.js';
import type { Database } from '../../../platform/database/database.js';
import type { TenantScopes } from '../../tenancy/index.js';
import { identityErrors } from '../identity.errors.js';
import { userPasswordChanged } from '../identity.events.js';
import type { LoginLimiter } from '../login-limiter.js';
import type { TokenRevocations } from '../token-revocations.js';
import { givenPasswordText, newPasswordText } from '../user.input.js';
import { getMember } from '../user.queries.js';
import type { Member } from '../user.writer.js';
import { endSessions, lockMember, requireRoleAbove } from './member.queries.js';

const ownChange = z.object({ currentPassword: givenPasswordText, newPassword: newPasswordText });
const reset = z.object({ newPassword: newPasswordText });

/** Gives users other passwords. Whoever is logged in with the old one is logged out. */
export class PasswordService {
  readonly #database: Database;
  readonly #scopes: TenantScopes;
  readonly #passwords: Passwords;
  readonly #limiter: LoginLimiter;
  readonly #revocations: TokenRevocations;
  readonly #clock: Clock;

  constructor(options: {
    readonly database: Database;
    readonly scopes: TenantScopes;
    readonly passwords: Passwords;
    readonly limiter: LoginLimiter;
    readonly revocations: TokenRevocations;
    readonly clock: Clock;
  }) {
    this.#database = options.database;
    this.#scopes = options.scopes;
    this.#passwords = options.passwords;
    this.#limiter = options.limiter;
    this.#revocations = options.revocations;
    this.#clock = options.clock;
  }

  /** The caller's own; the session that asks stays. Throws NO_USER, PASSWORD_WRONG and RATE_LIMITED. */
  async change(ctx: Context, input: z.input<typeof ownChange>, ipAddress: string): Promise<Member> {
    const { currentPassword, newPassword } = parseInput(ownChange, input);
    const { actor } = ctx;
    if (actor.kind !== 'user') throw identityErrors.NO_USER();
    const { user } = await this.#database.read(ctx, (em) => getMember(em, actor.userId));
    // A stolen session must not become a place to guess the password in.
    await this.#limiter.countTry(user.email, ipAddress);
    if (!(await this.#passwords.verify(currentPassword, user.passwordHash))) {
      throw identityErrors.PASSWORD_WRONG({
        fields: [{ path: 'input.currentPassword', message: 'is not the password' }],
      });
    }
    await this.#limiter.clear(user.email, ipAddress);
    return this.#store(ctx, actor.userId, newPassword, { keptSessionId: actor.sessionId });
  }

  /** For those who may manage users: of nobody above them. Throws ROLE_NOT_ALLOWED. */
  async reset(
    ctx: Context,
    userId: string,
    input: z.input<typeof reset>,
    agencyId: string | null,
  ): Promise<Member> {
    const { newPassword } = parseInput(reset, input);
    const inside = await this.#scopes.enterAgency(ctx, agencyId ?? ctx.requireScope().agencyId);
    return this.#store(inside, userId, newPassword, { byAdministrator: true });
  }

  async #store(
    ctx: Context,
    userId: string,
    password: string,
    how: { readonly keptSessionId?: string; readonly byAdministrator?: boolean },
  ): Promise<Member> {
    // Outside the transaction: it takes long and needs no connection.
    const passwordHash = await this.#passwords.hash(password);
    return this.#database.write(ctx, async (tx) => {
      const { user, membership } = await lockMember(tx.em, userId);
      if (how.byAdministrator === true) await requireRoleAbove(tx.em, ctx, membership.role);
      user.passwordHash = passwordHash;
      const sessionIds = await endSessions(tx.em, userId, this.#clock.now(), how.keptSessionId ?? null);
      tx.append(userPasswordChanged(user));
      tx.afterCommit(() => this.#revocations.announce(...sessionIds));
      return { user, role: membership.role };
    });
  }
}

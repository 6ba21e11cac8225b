import { z } from 'zod';
import type { Clock } from '../../kernel/clock.js';
import { Context } from '../../kernel/context.js';
import { parseInput } from '../../kernel/input.js';
import { asSystem } from '../../kernel/system-context.js';
import type { Passwords } from '../../platform/crypto/passwords.js';
import { createToken, tokenHash } from '../../platform/crypto/tokens.js';
import type { Database } from '../../platform/database/database.js';
import { identityErrors } from './identity.errors.js';
import { userLoggedIn } from './identity.events.js';
import type { LoginLimiter } from './login-limiter.js';
import { LoginSession } from './login-session.entity.js';
import type { TokenRevocations } from './token-revocations.js';
import { User } from './user.entity.js';
import { emailText, givenPasswordText } from './user.input.js';
import { getMember } from './user.queries.js';
import type { Member } from './user.writer.js';

const credentials = z.object({ email: emailText, password: givenPasswordText });

type LogIn = z.input<typeof credentials>;

export interface StartedSession {
  readonly member: Member;
  readonly token: string;
  readonly expiresAt: Date;
}

export class LoginService {
  readonly #database: Database;
  readonly #passwords: Passwords;
  readonly #limiter: LoginLimiter;
  readonly #revocations: TokenRevocations;
  readonly #clock: Clock;

  constructor(options: {
    readonly database: Database;
    readonly passwords: Passwords;
    readonly limiter: LoginLimiter;
    readonly revocations: TokenRevocations;
    readonly clock: Clock;
  }) {
    this.#database = options.database;
    this.#passwords = options.passwords;
    this.#limiter = options.limiter;
    this.#revocations = options.revocations;
    this.#clock = options.clock;
  }

  /**
   * The address may belong to users of several agencies: the oldest whose password matches is logged in.
   * Throws LOGIN_FAILED, alike for an unknown address and a wrong password, and RATE_LIMITED.
   */
  async logIn(ctx: Context, input: LogIn, ipAddress: string): Promise<StartedSession> {
    const { email, password } = parseInput(credentials, input);
    await this.#limiter.countTry(email, ipAddress);
    const user = await this.#findUser(ctx, email, password);
    if (user === null) throw identityErrors.LOGIN_FAILED();
    const started = await this.#startSession(ctx, user, password);
    await this.#limiter.clear(email, ipAddress);
    return started;
  }

  /** Ends the caller's own session; throws NO_SESSION for other callers. */
  async logOut(ctx: Context): Promise<void> {
    const { actor } = ctx;
    if (actor.kind !== 'user') throw identityErrors.NO_SESSION();
    await this.#database.write(ctx, async (tx) => {
      const session = await tx.em.findOne(LoginSession, { id: actor.sessionId });
      session?.revoke(this.#clock.now());
      tx.afterCommit(() => this.#revocations.announce(actor.sessionId));
    });
  }

  async #findUser(ctx: Context, email: string, password: string): Promise<User | null> {
    const candidates = await this.#database.callFunction(asSystem('log in'), 'find_login_candidates', [
      email,
    ]);
    // One verification also for an address that nobody has, so that the time does not tell.
    if (candidates.length === 0) await this.#passwords.verify(password, null);
    for (const { id, agencyId } of candidates) {
      const user = await this.#database.read(inAgency(ctx, agencyId), (em) => em.findOne(User, { id }));
      if (await this.#passwords.verify(password, user?.passwordHash ?? null)) return user;
    }
    return null;
  }

  async #startSession(ctx: Context, user: User, password: string): Promise<StartedSession> {
    const token = createToken('session');
    const rehashed = this.#passwords.needsRehash(user.passwordHash)
      ? await this.#passwords.hash(password)
      : null;
    const session = LoginSession.create(user, tokenHash(token), this.#clock.now());
    const proven = inAgency(ctx, user.agencyId).withActor({
      kind: 'user',
      userId: user.id,
      sessionId: session.id,
    });
    return this.#database.write(proven, async (tx) => {
      await tx.em.insert(session);
      if (rehashed !== null) await tx.em.nativeUpdate(User, { id: user.id }, { passwordHash: rehashed });
      tx.append(userLoggedIn(session));
      return { member: await getMember(tx.em, user.id), token, expiresAt: session.expiresAt };
    });
  }
}

/** The caller while its password is checked: inside the agency of the user it claims to be, and allowed nothing. */
function inAgency(ctx: Context, agencyId: string): Context {
  return Context.forRequest({
    requestId: ctx.requestId,
    actor: { kind: 'anonymous' },
    scope: { agencyId, subaccountIds: 'all' },
    actions: new Set(),
    ipAddress: ctx.ipAddress,
  });
}

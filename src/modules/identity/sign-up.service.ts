import { z } from 'zod';
import type { Clock } from '../../kernel/clock.js';
import type { Context } from '../../kernel/context.js';
import { nameText, parseInput } from '../../kernel/input.js';
import type { Passwords } from '../../platform/crypto/passwords.js';
import { createToken, tokenHash } from '../../platform/crypto/tokens.js';
import type { Database } from '../../platform/database/database.js';
import type { Transaction } from '../../platform/database/transaction.js';
import { Agency, insertSubaccount } from '../tenancy/index.js';
import type { Subaccount } from '../tenancy/index.js';
import { identityErrors } from './identity.errors.js';
import { userLoggedIn } from './identity.events.js';
import { LoginSession } from './login-session.entity.js';
import type { StartedSession } from './login.service.js';
import { standingOf } from './standing.js';
import { emailText, signUpPasswordText } from './user.input.js';
import { insertMember } from './user.writer.js';

const newAccount = z.object({ name: nameText(), email: emailText, password: signUpPasswordText });

export interface NewAccount extends StartedSession {
  readonly subaccount: Subaccount;
}

/** Knows the plans of an agency. */
interface SignUpPlans {
  /** The id of the plan that an account begins with. */
  chooseForSignUp(tx: Transaction): Promise<string>;
}

/** Lets people make their own account in the agency that takes them in: a subaccount with themselves as its administrator. */
export class SignUpService {
  readonly #database: Database;
  readonly #passwords: Passwords;
  readonly #clock: Clock;
  readonly #plans: SignUpPlans;
  readonly #agencyId: string | null;

  constructor(options: {
    readonly database: Database;
    readonly passwords: Passwords;
    readonly clock: Clock;
    readonly plans: SignUpPlans;
    /** null: nobody may sign up. */
    readonly agencyId: string | null;
  }) {
    this.#database = options.database;
    this.#passwords = options.passwords;
    this.#clock = options.clock;
    this.#plans = options.plans;
    this.#agencyId = options.agencyId;
  }

  /** Logs in as well. Throws SIGN_UP_CLOSED and EMAIL_TAKEN. */
  async signUp(ctx: Context, input: z.input<typeof newAccount>): Promise<NewAccount> {
    const agencyId = this.#agencyId;
    if (agencyId === null) throw identityErrors.SIGN_UP_CLOSED();
    const { name, email, password } = parseInput(newAccount, input);
    const passwordHash = await this.#passwords.hash(password);
    const token = createToken('session');
    return this.#database.write(ctx.withScope({ agencyId, subaccountIds: 'all' }), async (tx) => {
      if ((await tx.em.count(Agency, { id: agencyId })) === 0) throw identityErrors.SIGN_UP_CLOSED();
      const at = this.#clock.now();
      const subaccount = await insertSubaccount(tx, {
        agencyId,
        planId: await this.#plans.chooseForSignUp(tx),
        name,
        timezone: 'UTC',
        requireBusinessAccount: false,
        at,
      });
      const standing = standingOf({ role: 'SUBACCOUNT_ADMIN', subaccountIds: [subaccount.id] });
      const member = await insertMember(tx, { agencyId, email, passwordHash, standing, at });
      const session = LoginSession.create(member.user, tokenHash(token), at);
      await tx.em.insert(session);
      tx.append(userLoggedIn(session));
      return { member, subaccount, token, expiresAt: session.expiresAt };
    });
  }
}

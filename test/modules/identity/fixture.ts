import { randomBytes, randomUUID } from 'node:crypto';
import { OPERATOR_ACTIONS } from '../../../src/kernel/access.js';
import type { Role } from '../../../src/kernel/access.js';
import { systemClock } from '../../../src/kernel/clock.js';
import type { Clock } from '../../../src/kernel/clock.js';
import { Context } from '../../../src/kernel/context.js';
import {
  AgencyFoundingService,
  ApiKey,
  ApiKeyService,
  Authenticator,
  LoginLimiter,
  LoginService,
  LoginSession,
  Invitation,
  Membership,
  MembershipSubaccount,
  TokenCache,
  TokenRevocations,
  TokenUsage,
  User,
  UserService,
} from '../../../src/modules/identity/index.js';
import { Plan, PlanService } from '../../../src/modules/billing/index.js';
import {
  Agency,
  AgencyService,
  Subaccount,
  SubaccountService,
  TenantScopes,
} from '../../../src/modules/tenancy/index.js';
import { MasterKey } from '../../../src/platform/crypto/master-key.js';
import { Passwords } from '../../../src/platform/crypto/passwords.js';
import { Hints } from '../../../src/platform/pubsub/hints.js';
import { openBroker } from '../../../src/platform/queue/open-broker.js';
import { createTestDatabase, silentLogger } from '../../support/database.js';
import type { TestDatabase } from '../../support/database.js';

export const PASSWORD = 'correct horse battery';
export const OPERATOR_KEY = 'the operator key of these tests';

/** Time that goes on by itself and can be moved ahead. */
export class MovableClock implements Clock {
  #offsetMs = 0;

  advance(ms: number): void {
    this.#offsetMs += ms;
  }

  now(): Date {
    return new Date(systemClock.now().getTime() + this.#offsetMs);
  }

  monotonicMs(): number {
    return systemClock.monotonicMs() + this.#offsetMs;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return systemClock.sleep(ms, signal);
  }
}

/** Really hashes, and remembers what it was asked. */
export class WatchedPasswords extends Passwords {
  readonly verifications: { readonly known: boolean }[] = [];

  override verify(password: string, stored: string | null): Promise<boolean> {
    this.verifications.push({ known: stored !== null });
    return super.verify(password, stored);
  }
}

/** What one server process has of tenancy and identity. */
interface Node {
  readonly passwords: WatchedPasswords;
  readonly agencies: AgencyService;
  readonly subaccounts: SubaccountService;
  readonly founding: AgencyFoundingService;
  readonly users: UserService;
  readonly logins: LoginService;
  readonly apiKeys: ApiKeyService;
  readonly usage: TokenUsage;
  readonly authenticator: Authenticator;
  readonly hints: Hints;
}

export interface IdentityFixture extends Node {
  readonly db: TestDatabase;
  readonly clock: MovableClock;
  readonly operator: Context;
  readonly anonymous: Context;
  /** Another process on the same database. */
  openNode(): Promise<Node>;
  /** A new agency, its owner, and a context of the owner. */
  newAgency(): Promise<TestAgency>;
  newSubaccount(agency: TestAgency, name?: string): Promise<Subaccount>;
  /** A logged-in user of the agency. */
  newUser(agency: TestAgency, role: Role, subaccounts?: readonly Subaccount[]): Promise<TestUser>;
  close(): Promise<void>;
}

interface TestUser {
  readonly id: string;
  readonly email: string;
  readonly token: string;
  readonly ctx: Context;
}

export interface TestAgency {
  readonly id: string;
  readonly owner: TestUser;
}

export const uniqueEmail = (): string => `u-${randomUUID()}@example.com`;

export async function openIdentity(): Promise<IdentityFixture> {
  const clock = new MovableClock();
  const db = await createTestDatabase({
    entities: [
      Agency,
      Subaccount,
      Plan,
      User,
      Membership,
      MembershipSubaccount,
      Invitation,
      LoginSession,
      ApiKey,
    ],
    clock,
  });
  const closers: (() => Promise<void>)[] = [];
  const masterKey = MasterKey.fromHex(randomBytes(32).toString('hex'));

  async function openNode(): Promise<Node> {
    const { database } = db;
    const broker = await openBroker({ redisUrl: null, postgres: db.connections.app }, silentLogger);
    const hints = await Hints.open(broker, silentLogger);
    const cache = new TokenCache(clock);
    const revocations = new TokenRevocations({ cache, hints });
    const passwords = new WatchedPasswords();
    const scopes = new TenantScopes({ database });
    const agencies = new AgencyService({ database, scopes });
    const usage = new TokenUsage({ database, clock, logger: silentLogger });
    closers.push(async () => {
      await usage.settle();
      revocations.close();
      await hints.close();
      await broker.close();
    });
    return {
      passwords,
      agencies,
      hints,
      usage,
      subaccounts: new SubaccountService({
        database,
        scopes,
        plans: new PlanService({ database, clock }),
        clock,
      }),
      founding: new AgencyFoundingService({ database, agencies, passwords, masterKey, clock }),
      users: new UserService({ database, scopes, passwords, clock }),
      logins: new LoginService({ database, passwords, limiter: new LoginLimiter(), revocations, clock }),
      apiKeys: new ApiKeyService({ database, scopes, revocations, clock }),
      authenticator: new Authenticator({ database, cache, usage, clock, operatorKey: OPERATOR_KEY }),
    };
  }

  const node = await openNode();
  const contextOf = (kind: 'operator' | 'anonymous'): Context =>
    Context.forRequest({
      requestId: 'test',
      actor: { kind },
      scope: null,
      actions: kind === 'operator' ? OPERATOR_ACTIONS : new Set(),
    });
  const operator = contextOf('operator');
  const anonymous = contextOf('anonymous');

  async function logIn(id: string, email: string): Promise<TestUser> {
    const { token } = await node.logins.logIn(anonymous, { email, password: PASSWORD }, randomUUID());
    return { id, email, token, ctx: await node.authenticator.authenticate(token, 'test') };
  }

  return {
    ...node,
    db,
    clock,
    operator,
    anonymous,
    openNode,
    newAgency: async () => {
      const ownerEmail = uniqueEmail();
      const { agency, owner } = await node.founding.createAgency(operator, {
        name: 'Agency',
        ownerEmail,
        ownerPassword: PASSWORD,
      });
      return { id: agency.id, owner: await logIn(owner.user.id, ownerEmail) };
    },
    newSubaccount: (agency, name = 'Client') =>
      node.subaccounts.createSubaccount(agency.owner.ctx, {
        agencyId: agency.id,
        name,
        timezone: 'UTC',
        requireBusinessAccount: false,
      }),
    newUser: async (agency, role, subaccounts = []) => {
      const email = uniqueEmail();
      const { user } = await node.users.createUser(agency.owner.ctx, {
        agencyId: agency.id,
        email,
        password: PASSWORD,
        role,
        subaccountIds: subaccounts.map(({ id }) => id),
      });
      return logIn(user.id, email);
    },
    close: async () => {
      for (const close of closers) await close();
      await db.drop();
    },
  };
}

/** How many rows of each table of these modules there are: equal before and after means that nothing was left behind. */
export async function countRows(db: TestDatabase): Promise<Record<string, string>> {
  const tables = [
    'agency',
    'subaccount',
    'app_user',
    'membership',
    'membership_subaccount',
    'login_session',
    'api_key',
    'idempotency_key',
    'event_stream',
    'event',
  ];
  const counts = tables.map((table) => `(select count(*) from ${table}) as ${table}`);
  const [row = {}] = await db.query<Record<string, string>>(`select ${counts.join(', ')}`);
  return row;
}

interface EventRow {
  readonly topic: string;
  readonly payload: Record<string, unknown>;
}

export function eventsOf(db: TestDatabase, streamId: string): Promise<EventRow[]> {
  return db.query<EventRow>('select topic, payload from event where stream_id = $1 order by seq', [streamId]);
}

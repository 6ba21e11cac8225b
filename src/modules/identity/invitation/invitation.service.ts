import { UniqueConstraintViolationException } from '@mikro-orm/core';
import { z } from 'zod';
import type { Role } from '../../../kernel/access.js';
import type { Clock } from '../../../kernel/clock.js';
import type { Context } from '../../../kernel/context.js';
import { parseInput } from '../../../kernel/input.js';
import type { Page, PageRequest } from '../../../kernel/page.js';
import { asSystem } from '../../../kernel/system-context.js';
import type { Passwords } from '../../../platform/crypto/passwords.js';
import { createToken, parseToken, tokenHash } from '../../../platform/crypto/tokens.js';
import type { Database } from '../../../platform/database/database.js';
import type { Transaction } from '../../../platform/database/transaction.js';
import type { TenantScopes } from '../../tenancy/index.js';
import { identityErrors } from '../identity.errors.js';
import { invitationChanged, userLoggedIn } from '../identity.events.js';
import { LoginSession } from '../login-session.entity.js';
import type { StartedSession } from '../login.service.js';
import { requireRoleAbove } from '../member/member.queries.js';
import { refuseUnknownSubaccounts } from '../role.checks.js';
import { rolesOf, standingOf } from '../standing.js';
import type { StandingRequest } from '../standing.js';
import { emailText, newPasswordText } from '../user.input.js';
import { isEmailTaken, withSubaccounts } from '../user.queries.js';
import type { GivenSubaccount } from '../user.queries.js';
import { insertMember } from '../user.writer.js';
import { InvitationSubaccount } from './invitation-subaccount.entity.js';
import { Invitation } from './invitation.entity.js';
import { findInvitations, findInvitedRoles, listInvitations, lockInvitation } from './invitation.queries.js';

const newInvitation = z.object({ email: emailText });
const acceptance = z.object({ password: newPasswordText });

export type InvitationRequest = z.input<typeof newInvitation> & StandingRequest;

export interface IssuedInvitation {
  readonly invitation: Invitation;
  /** Shown this once: there is no mail server, whoever invites passes it on. */
  readonly token: string;
}

/** Lets people in whom somebody of the agency wants. */
export class InvitationService {
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

  /** Those that exist and may be seen, in no order. */
  async findAll(ctx: Context, ids: readonly string[]): Promise<readonly Invitation[]> {
    if (ctx.scope === null) return [];
    return this.#database.read(ctx, (em) => findInvitations(em, ids));
  }

  /** Oldest first, with those that ended. */
  async list(ctx: Context, agencyId: string, request: PageRequest): Promise<Page<Invitation>> {
    const inside = await this.#scopes.enterAgency(ctx, agencyId);
    return this.#database.read(inside, (em) => listInvitations(em, agencyId, request));
  }

  /** What each invitation is for, as far as the caller sees it, in the order of `ids`. */
  listSubaccounts(ctx: Context, ids: readonly string[]): Promise<GivenSubaccount[][]> {
    return this.#database.read(ctx, async (em) => {
      const given = await withSubaccounts(em, await findInvitedRoles(em, ids));
      return ids.map((id) => given.get(id) ?? []);
    });
  }

  /** Throws ROLE_NOT_ALLOWED, EMAIL_TAKEN, INVITATION_PENDING, and NOT_FOUND for a subaccount that the caller may not see. */
  async create(ctx: Context, request: InvitationRequest): Promise<IssuedInvitation> {
    const { email } = parseInput(newInvitation, request);
    const standing = standingOf(request);
    const { agencyId } = ctx.requireScope();
    const invitedById = inviterOf(ctx);
    const token = createToken('invitation');
    return this.#database.write(ctx, async (tx) => {
      await requireRoleAbove(tx.em, ctx, ...rolesOf(standing));
      await refuseUnknownSubaccounts(tx, [...standing.roles.keys()]);
      await refuseTakenEmail(tx, email);
      const facts = { agencyId, email, role: standing.role, tokenHash: tokenHash(token), invitedById };
      const invitation = Invitation.create(facts, this.#clock.now());
      await insertInvitation(tx, invitation);
      for (const [id, role] of standing.roles)
        tx.em.persist(InvitationSubaccount.create(invitation, id, role));
      tx.append(invitationChanged('invitation.created', invitation));
      return { invitation, token };
    });
  }

  /** Another token, and another seven days; the token before stops. Throws INVITATION_CLOSED. */
  async resend(ctx: Context, id: string): Promise<IssuedInvitation> {
    ctx.requireScope();
    const token = createToken('invitation');
    return this.#database.write(ctx, async (tx) => {
      const invitation = await lockInvitation(tx.em, id);
      await requireRoleAbove(tx.em, ctx, invitation.role);
      const now = this.#clock.now();
      if (!['PENDING', 'EXPIRED'].includes(invitation.statusAt(now)))
        throw identityErrors.INVITATION_CLOSED();
      invitation.renew(tokenHash(token), now);
      invitation.invitedById = inviterOf(ctx) ?? invitation.invitedById ?? null;
      tx.append(invitationChanged('invitation.resent', invitation));
      return { invitation, token };
    });
  }

  /** Revoking again changes nothing. Throws INVITATION_CLOSED when it was accepted. */
  async revoke(ctx: Context, id: string): Promise<Invitation> {
    ctx.requireScope();
    return this.#database.write(ctx, async (tx) => {
      const invitation = await lockInvitation(tx.em, id);
      if (invitation.acceptedAt !== null) throw identityErrors.INVITATION_CLOSED();
      if (invitation.revokedAt !== null) return invitation;
      invitation.revokedAt = this.#clock.now();
      tx.append(invitationChanged('invitation.revoked', invitation));
      return invitation;
    });
  }

  /** Makes the user and logs in. Throws INVITATION_INVALID, alike for every token that does not let anybody in, and EMAIL_TAKEN. */
  async accept(ctx: Context, token: string, input: z.input<typeof acceptance>): Promise<StartedSession> {
    const { password } = parseInput(acceptance, input);
    if (parseToken(token)?.kind !== 'invitation') throw identityErrors.INVITATION_INVALID();
    const [found] = await this.#database.callFunction(asSystem('accept an invitation'), 'find_invitation', [
      tokenHash(token),
    ]);
    if (found === undefined) throw identityErrors.INVITATION_INVALID();
    const { id, agencyId } = found;
    const passwordHash = await this.#passwords.hash(password);
    const sessionToken = createToken('session');
    return this.#database.write(ctx.withScope({ agencyId, subaccountIds: 'all' }), async (tx) => {
      const at = this.#clock.now();
      const invitation = await lockInvitation(tx.em, id);
      if (invitation.statusAt(at) !== 'PENDING') throw identityErrors.INVITATION_INVALID();
      const { email, role } = invitation;
      const roles = (await findInvitedRoles(tx.em, [id])).get(id) ?? new Map<string, Role>();
      const member = await insertMember(tx, { agencyId, email, passwordHash, standing: { role, roles }, at });
      invitation.acceptedAt = at;
      invitation.userId = member.user.id;
      const session = LoginSession.create(member.user, tokenHash(sessionToken), at);
      await tx.em.insert(session);
      tx.append(invitationChanged('invitation.accepted', invitation));
      tx.append(userLoggedIn(session));
      return { member, token: sessionToken, expiresAt: session.expiresAt };
    });
  }
}

/** With whose right to invite an invitation ends. */
function inviterOf({ actor }: Context): string | null {
  if (actor.kind === 'user') return actor.userId;
  return actor.kind === 'api_key' ? actor.apiKeyId : null;
}

async function refuseTakenEmail(tx: Transaction, email: string): Promise<void> {
  if (await isEmailTaken(tx.em, email)) {
    throw identityErrors.EMAIL_TAKEN({
      fields: [{ path: 'input.email', message: 'is the address of a user of this agency' }],
    });
  }
}

async function insertInvitation(tx: Transaction, invitation: Invitation): Promise<void> {
  try {
    await tx.em.insert(invitation);
  } catch (error) {
    if (!(error instanceof UniqueConstraintViolationException)) throw error;
    throw identityErrors.INVITATION_PENDING({
      fields: [{ path: 'input.email', message: 'is invited already' }],
      cause: error,
    });
  }
}

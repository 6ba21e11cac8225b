import { z } from 'zod';
import type { Clock } from '../../kernel/clock.js';
import type { Context } from '../../kernel/context.js';
import { invalidInput, kernelErrors } from '../../kernel/errors.js';
import type { FieldError } from '../../kernel/errors.js';
import { nameText, parseInput } from '../../kernel/input.js';
import type { Page, PageRequest } from '../../kernel/page.js';
import { createToken, tokenHash } from '../../platform/crypto/tokens.js';
import type { Database } from '../../platform/database/database.js';
import type { TenantScopes } from '../tenancy/index.js';
import { ApiKey } from './api-key.entity.js';
import { allowedActions, mayGrantActions, scopesProblem } from './api-key.policy.js';
import { findApiKeys, listApiKeys } from './api-key.queries.js';
import type { KeyHolder } from './api-key.queries.js';
import { loadGrantor } from './grantor.queries.js';
import { identityErrors } from './identity.errors.js';
import { apiKeyCreated, apiKeyRevoked } from './identity.events.js';
import { withdrawInvitations } from './invitation/invitation.queries.js';
import type { TokenRevocations } from './token-revocations.js';

const newApiKey = z.object({ name: nameText() });

export interface CreateApiKey {
  readonly agencyId: string | null;
  readonly subaccountId: string | null;
  readonly name: string;
  readonly scopes: readonly string[];
  readonly expiresAt: Date | null;
}

export interface CreatedApiKey {
  readonly apiKey: ApiKey;
  /** Shown this once; only its hash is kept. */
  readonly secret: string;
}

export class ApiKeyService {
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

  /** Throws SCOPE_NOT_ALLOWED when the key would be able to do more than its maker. */
  async createApiKey(ctx: Context, input: CreateApiKey): Promise<CreatedApiKey> {
    const { name } = parseInput(newApiKey, input);
    const scopes = [...new Set(input.scopes)];
    const holder = this.#checkedHolder(input, scopes);
    const inside = await this.#enter(ctx, holder);
    const { agencyId } = inside.requireScope();
    const { subaccountId, expiresAt } = input;
    const secret = createToken('api_key');
    return this.#database.write(inside, async (tx) => {
      const actions = allowedActions(scopes, subaccountId === null ? 'agency' : 'subaccount');
      if (!mayGrantActions(await loadGrantor(tx.em, inside), actions))
        throw identityErrors.SCOPE_NOT_ALLOWED();
      const apiKey = ApiKey.create({
        agencyId,
        subaccountId,
        name,
        scopes,
        tokenHash: tokenHash(secret),
        lastFour: secret.slice(-4),
        expiresAt,
        at: this.#clock.now(),
      });
      await tx.em.insert(apiKey);
      tx.append(apiKeyCreated(apiKey));
      return { apiKey, secret };
    });
  }

  /** The key stops at once, and so do the invitations that it made. Revoking it again changes nothing. `agencyId` is for the operator, who has none of its own. */
  async revokeApiKey(ctx: Context, id: string, agencyId: string | null): Promise<ApiKey> {
    const inside = agencyId === null ? ctx : await this.#scopes.enterAgency(ctx, agencyId);
    inside.requireScope();
    return this.#database.write(inside, async (tx) => {
      const apiKey = await tx.em.findOne(ApiKey, { id });
      if (apiKey === null) throw kernelErrors.NOT_FOUND();
      const at = this.#clock.now();
      if (!apiKey.revoke(at)) return apiKey;
      await withdrawInvitations(tx, { invitedById: id, at });
      tx.append(apiKeyRevoked(apiKey));
      tx.afterCommit(() => this.#revocations.announce(apiKey.id));
      return apiKey;
    });
  }

  async listApiKeys(ctx: Context, holder: KeyHolder, request: PageRequest): Promise<Page<ApiKey>> {
    const inside = await ('agencyId' in holder
      ? this.#scopes.enterAgency(ctx, holder.agencyId)
      : this.#scopes.enterSubaccount(ctx, holder.subaccountId));
    return this.#database.read(inside, (em) => listApiKeys(em, holder, request));
  }

  /** Those of `ids` that the caller may see, in any order. */
  async findApiKeys(ctx: Context, ids: readonly string[]): Promise<ApiKey[]> {
    if (ctx.scope === null) return [];
    return this.#database.read(ctx, (em) => findApiKeys(em, ids));
  }

  #checkedHolder(input: CreateApiKey, scopes: readonly string[]): KeyHolder {
    const { agencyId, subaccountId, expiresAt } = input;
    const fields: FieldError[] = [];
    const problem = scopesProblem(scopes, subaccountId === null ? 'agency' : 'subaccount');
    if (problem !== null) fields.push({ path: 'input.scopes', message: problem });
    if (expiresAt !== null && expiresAt <= this.#clock.now()) {
      fields.push({ path: 'input.expiresAt', message: 'must be in the future' });
    }
    const holders: KeyHolder[] = [];
    if (agencyId !== null) holders.push({ agencyId });
    if (subaccountId !== null) holders.push({ subaccountId });
    const [holder] = holders;
    if (holder === undefined || holders.length > 1) {
      const message = 'name exactly one of agencyId and subaccountId';
      throw invalidInput([
        { path: 'input.agencyId', message },
        { path: 'input.subaccountId', message },
        ...fields,
      ]);
    }
    if (fields.length > 0) throw invalidInput(fields);
    return holder;
  }

  async #enter(ctx: Context, holder: KeyHolder): Promise<Context> {
    if ('subaccountId' in holder) return this.#scopes.enterSubaccount(ctx, holder.subaccountId);
    const inside = await this.#scopes.enterAgency(ctx, holder.agencyId);
    if (!inside.isAgencyWide) throw kernelErrors.ACTION_NOT_ALLOWED({ data: { action: 'api_key:create' } });
    return inside;
  }
}

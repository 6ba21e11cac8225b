import type { Context } from '../../kernel/context.js';
import type { Database } from '../../platform/database/database.js';
import type { Agency } from './agency.entity.js';
import { findAgencies, getAgency } from './agency.queries.js';
import type { TenantScopes } from './tenant-scopes.js';

export class AgencyService {
  readonly #database: Database;
  readonly #scopes: TenantScopes;

  constructor(options: { readonly database: Database; readonly scopes: TenantScopes }) {
    this.#database = options.database;
    this.#scopes = options.scopes;
  }

  /** The agency named, or the caller's own. Throws NOT_FOUND, also for an operator that names none. */
  async getAgency(ctx: Context, id: string | null): Promise<Agency> {
    const agencyId = id ?? ctx.requireScope().agencyId;
    const inside = await this.#scopes.enterAgency(ctx, agencyId);
    return this.#database.read(inside, (em) => getAgency(em, agencyId));
  }

  /** Those of `ids` that the caller may see, in any order. */
  async findAgencies(ctx: Context, ids: readonly string[]): Promise<Agency[]> {
    if (ctx.actor.kind !== 'operator') return this.#database.read(ctx, (em) => findAgencies(em, ids));
    const found: Agency[] = [];
    for (const agencyId of ids) {
      const inside = ctx.withScope({ agencyId, subaccountIds: 'all' });
      found.push(...(await this.#database.read(inside, (em) => findAgencies(em, [agencyId]))));
    }
    return found;
  }
}

import type { Context } from '../../kernel/context.js';
import { kernelErrors } from '../../kernel/errors.js';
import type { Database } from '../../platform/database/database.js';
import { getAgency } from './agency.queries.js';
import { getSubaccount } from './subaccount.queries.js';

/**
 * Brings a caller into the tenant that its input names. Tenants stay where they are and must have named their own; the operator,
 * who has no tenant, enters the one it names. Whatever cannot be seen from there is NOT_FOUND.
 */
export class TenantScopes {
  readonly #database: Database;

  constructor(options: { readonly database: Database }) {
    this.#database = options.database;
  }

  async enterAgency(ctx: Context, agencyId: string): Promise<Context> {
    if (ctx.actor.kind !== 'operator') {
      if (ctx.scope?.agencyId !== agencyId) throw kernelErrors.NOT_FOUND();
      return ctx;
    }
    const inside = ctx.withScope({ agencyId, subaccountIds: 'all' });
    await this.#database.read(inside, (em) => getAgency(em, agencyId));
    return inside;
  }

  async enterSubaccount(ctx: Context, subaccountId: string): Promise<Context> {
    const inside = await this.findSubaccountScope(ctx, subaccountId);
    if (inside === null) throw kernelErrors.NOT_FOUND();
    await this.#database.read(inside, (em) => getSubaccount(em, subaccountId));
    return inside;
  }

  /** Where the caller would see the subaccount from, if it may; null when the operator named none that exists. */
  async findSubaccountScope(ctx: Context, subaccountId: string): Promise<Context | null> {
    if (ctx.actor.kind !== 'operator') return ctx;
    const [row] = await this.#database.callFunction(ctx, 'find_agency_of_subaccount', [subaccountId]);
    if (row?.value == null) return null;
    return ctx.withScope({ agencyId: row.value, subaccountIds: [subaccountId] });
  }
}

import type { Context } from '../../kernel/context.js';
import type { Page, PageRequest } from '../../kernel/page.js';
import type { Database } from '../../platform/database/database.js';
import type { TenantScopes } from '../tenancy/index.js';
import type { AuditEntry } from './audit-entry.entity.js';
import { listAuditEntries } from './audit.queries.js';
import type { AuditFilter, AuditOwner } from './audit.queries.js';

export class AuditReader {
  readonly #database: Database;
  readonly #scopes: TenantScopes;

  constructor(options: { readonly database: Database; readonly scopes: TenantScopes }) {
    this.#database = options.database;
    this.#scopes = options.scopes;
  }

  /** Newest first; callers confined to subaccounts see what was done in those. */
  async list(
    ctx: Context,
    owner: AuditOwner,
    request: PageRequest,
    filter: AuditFilter,
  ): Promise<Page<AuditEntry>> {
    const inside = await ('agencyId' in owner
      ? this.#scopes.enterAgency(ctx, owner.agencyId)
      : this.#scopes.enterSubaccount(ctx, owner.subaccountId));
    return this.#database.read(inside, (em) => listAuditEntries(em, owner, request, filter));
  }
}

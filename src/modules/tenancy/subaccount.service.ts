import { z } from 'zod';
import type { Clock } from '../../kernel/clock.js';
import type { Context } from '../../kernel/context.js';
import { kernelErrors } from '../../kernel/errors.js';
import { idempotencyKeyText, nameText, parseInput } from '../../kernel/input.js';
import type { Page, PageRequest } from '../../kernel/page.js';
import { requestHash } from '../../platform/crypto/request-hash.js';
import type { Database } from '../../platform/database/database.js';
import type { Transaction } from '../../platform/database/transaction.js';
import { claimIdempotency } from '../../platform/idempotency/idempotency.js';
import type { Subaccount } from './subaccount.entity.js';
import { findSubaccounts, getSubaccount, listSubaccounts } from './subaccount.queries.js';
import type { SubaccountFilter } from './subaccount.queries.js';
import { insertSubaccount } from './subaccount.writer.js';
import { subaccountUpdated } from './tenancy.events.js';
import type { TenantScopes } from './tenant-scopes.js';
import { isTimezone } from './timezone.policy.js';

const newSubaccount = z.object({
  name: nameText(),
  timezone: z.string().refine(isTimezone, 'must be an IANA time zone such as Asia/Jakarta'),
  requireBusinessAccount: z.boolean(),
  idempotencyKey: idempotencyKeyText().nullish(),
});

const changedSubaccount = newSubaccount.omit({ idempotencyKey: true }).partial();

type CreateSubaccount = z.input<typeof newSubaccount> & {
  readonly agencyId: string;
  /** null: the agency's default. */
  readonly planId?: string | null;
};

/** What is left out stays. */
type UpdateSubaccount = z.input<typeof changedSubaccount> & { readonly planId?: string | undefined };

/** Knows the plans of an agency. */
export interface PlanChoice {
  /** The id of the plan named, or of the default one. Throws NOT_FOUND, and why it cannot be chosen. */
  choose(tx: Transaction, planId: string | null): Promise<string>;
}

export class SubaccountService {
  readonly #database: Database;
  readonly #scopes: TenantScopes;
  readonly #plans: PlanChoice;
  readonly #clock: Clock;

  constructor(options: {
    readonly database: Database;
    readonly scopes: TenantScopes;
    readonly plans: PlanChoice;
    readonly clock: Clock;
  }) {
    this.#database = options.database;
    this.#scopes = options.scopes;
    this.#plans = options.plans;
    this.#clock = options.clock;
  }

  /** Needs the whole agency in scope. */
  async createSubaccount(ctx: Context, input: CreateSubaccount): Promise<Subaccount> {
    const { idempotencyKey, ...fields } = parseInput(newSubaccount, input);
    const { agencyId, planId = null } = input;
    const inside = await this.#scopes.enterAgency(ctx, agencyId);
    if (!inside.isAgencyWide)
      throw kernelErrors.ACTION_NOT_ALLOWED({ data: { action: 'subaccount:create' } });
    const insert = async (tx: Transaction): Promise<Subaccount> => {
      const chosen = await this.#plans.choose(tx, planId);
      return insertSubaccount(tx, { agencyId, planId: chosen, ...fields, at: this.#clock.now() });
    };
    return this.#database.write(inside, async (tx) => {
      if (idempotencyKey == null) return insert(tx);
      const claim = await claimIdempotency(tx, {
        scopeId: agencyId,
        agencyId,
        subaccountId: null,
        key: idempotencyKey,
        operation: 'createSubaccount',
        requestHash: requestHash({ ...fields, ...(planId !== null && { planId }) }),
      });
      if (claim.kind === 'replay') return getSubaccount(tx.em, claim.resourceId);
      const subaccount = await insert(tx);
      await claim.record(subaccount.id);
      return subaccount;
    });
  }

  /** Needs the whole agency in scope. Devices beyond the limit of a smaller plan stay. */
  async updateSubaccount(ctx: Context, id: string, input: UpdateSubaccount): Promise<Subaccount> {
    const { planId } = input;
    const fields = parseInput(changedSubaccount, input);
    const inside = await this.#scopes.enterSubaccount(ctx, id);
    if (ctx.actor.kind !== 'operator' && !inside.isAgencyWide)
      throw kernelErrors.ACTION_NOT_ALLOWED({ data: { action: 'subaccount:update' } });
    return this.#database.write(inside, async (tx) => {
      const subaccount = await getSubaccount(tx.em, id);
      const changed = subaccount.change({
        ...fields,
        ...(planId !== undefined && { planId: await this.#plans.choose(tx, planId) }),
      });
      if (changed.length > 0) tx.append(subaccountUpdated(subaccount, changed));
      return subaccount;
    });
  }

  /** Throws NOT_FOUND. */
  async getSubaccount(ctx: Context, id: string): Promise<Subaccount> {
    const inside = await this.#scopes.enterSubaccount(ctx, id);
    return this.#database.read(inside, (em) => getSubaccount(em, id));
  }

  /** Those of `ids` that the caller may see, in any order. */
  async findSubaccounts(ctx: Context, ids: readonly string[]): Promise<Subaccount[]> {
    if (ctx.actor.kind !== 'operator') return this.#database.read(ctx, (em) => findSubaccounts(em, ids));
    const found: Subaccount[] = [];
    for (const id of ids) {
      const inside = await this.#scopes.findSubaccountScope(ctx, id);
      if (inside !== null)
        found.push(...(await this.#database.read(inside, (em) => findSubaccounts(em, [id]))));
    }
    return found;
  }

  async listSubaccounts(
    ctx: Context,
    agencyId: string,
    request: PageRequest,
    filter: SubaccountFilter,
  ): Promise<Page<Subaccount>> {
    const inside = await this.#scopes.enterAgency(ctx, agencyId);
    return this.#database.read(inside, (em) => listSubaccounts(em, agencyId, request, filter));
  }
}

import { z } from 'zod';
import type { Clock } from '../../../kernel/clock.js';
import type { Context } from '../../../kernel/context.js';
import { nameText, parseInput } from '../../../kernel/input.js';
import type { Page, PageRequest } from '../../../kernel/page.js';
import type { Database } from '../../../platform/database/database.js';
import type { Transaction } from '../../../platform/database/transaction.js';
import { billingErrors } from '../billing.errors.js';
import { catalogueCode, countUpTo, requireAgency } from './catalogue.input.js';
import { assertDefaultStays, lockCatalogue, makeDefault, nextNumber } from './catalogue.queries.js';
import { Plan } from './plan.entity.js';
import { PLAN_FEATURES } from './plan.features.js';
import { findPlans, getPlan, listPlans } from './plan.queries.js';

const MAX_DEVICES = 1_000_000;

const terms = {
  name: nameText(),
  maxDevices: countUpTo(MAX_DEVICES).nullable(),
  features: z.array(z.enum(PLAN_FEATURES)),
};
const newPlan = z.object({ ...terms, code: catalogueCode(), isDefault: z.boolean() });
const changes = z.object({ ...terms, isDefault: z.boolean() }).partial();

/** The plans of an agency. Changing them needs the whole agency in scope. */
export class PlanService {
  readonly #database: Database;
  readonly #clock: Clock;

  constructor(options: { readonly database: Database; readonly clock: Clock }) {
    this.#database = options.database;
    this.#clock = options.clock;
  }

  list(ctx: Context, request: PageRequest, options = { archived: false }): Promise<Page<Plan>> {
    ctx.requireScope();
    return this.#database.read(ctx, (em) => listPlans(em, request, options));
  }

  /** Those of `ids` that the caller may see, in any order. */
  async findMany(ctx: Context, ids: readonly string[]): Promise<Plan[]> {
    if (ctx.scope === null) return [];
    return this.#database.read(ctx, (em) => findPlans(em, ids));
  }

  /** Throws CODE_TAKEN. */
  create(ctx: Context, input: z.input<typeof newPlan>): Promise<Plan> {
    const { code, isDefault, ...agreed } = parseInput(newPlan, input);
    const agencyId = requireAgency(ctx);
    return this.#database.write(ctx, async (tx) => {
      await lockCatalogue(tx, agencyId);
      const number = await nextNumber(tx, 'plan', { agencyId, code });
      const plan = Plan.create({ agencyId, number, code }, agreed, this.#clock.now());
      await tx.em.persist(plan).flush();
      if (isDefault) await this.#makeDefault(tx, plan);
      return plan;
    });
  }

  /** Takes effect at once for everybody who has it; devices beyond a lowered limit stay. */
  update(ctx: Context, id: string, input: z.input<typeof changes>): Promise<Plan> {
    const { isDefault, ...agreed } = parseInput(changes, input);
    assertDefaultStays(isDefault);
    const agencyId = requireAgency(ctx);
    return this.#database.write(ctx, async (tx) => {
      await lockCatalogue(tx, agencyId);
      const plan = await getPlan(tx.em, id);
      plan.agreeOn(agreed);
      await tx.em.flush();
      if (isDefault === true && plan.archivedAt != null) throw billingErrors.PLAN_ARCHIVED();
      if (isDefault === true) await this.#makeDefault(tx, plan);
      return plan;
    });
  }

  /** Nobody gets it any more; who has it keeps it. */
  archive(ctx: Context, id: string): Promise<Plan> {
    const agencyId = requireAgency(ctx);
    return this.#database.write(ctx, async (tx) => {
      await lockCatalogue(tx, agencyId);
      const plan = await getPlan(tx.em, id);
      if (plan.isDefault) throw billingErrors.DEFAULT_NOT_ARCHIVABLE();
      plan.archivedAt ??= this.#clock.now();
      return plan;
    });
  }

  /** The plan of a new or changed subaccount: the one named, or the default. Throws NOT_FOUND, PLAN_ARCHIVED. */
  async choose(tx: Transaction, planId: string | null): Promise<string> {
    const plan =
      planId === null ? await tx.em.findOneOrFail(Plan, { isDefault: true }) : await getPlan(tx.em, planId);
    if (plan.archivedAt != null) throw billingErrors.PLAN_ARCHIVED();
    return plan.id;
  }

  /** The plan of whoever signs up alone: FREE, while the agency has it; else the default. */
  async chooseForSignUp(tx: Transaction): Promise<string> {
    const free = await tx.em.findOne(Plan, { code: 'FREE', archivedAt: null });
    return free?.id ?? this.choose(tx, null);
  }

  async #makeDefault(tx: Transaction, plan: Plan): Promise<void> {
    await makeDefault(tx, 'plan', plan);
    await tx.em.refresh(plan);
  }
}

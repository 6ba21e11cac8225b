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
import { Package } from './package.entity.js';
import { findPackages, getPackage, listPackages } from './package.queries.js';

const MAX_ALLOWANCE = 1_000_000_000;

const terms = {
  name: nameText(),
  monthlyAllowance: countUpTo(MAX_ALLOWANCE).nullable(),
  webhooks: z.boolean(),
  priority: z.boolean(),
  brandLine: z.boolean(),
  selfService: z.boolean(),
};
const newPackage = z.object({ ...terms, code: catalogueCode(), isDefault: z.boolean() });
const changes = z.object({ ...terms, isDefault: z.boolean() }).partial();

/** The packages of an agency. Changing them needs the whole agency in scope. */
export class PackageService {
  readonly #database: Database;
  readonly #clock: Clock;

  constructor(options: { readonly database: Database; readonly clock: Clock }) {
    this.#database = options.database;
    this.#clock = options.clock;
  }

  list(ctx: Context, request: PageRequest, options = { archived: false }): Promise<Page<Package>> {
    ctx.requireScope();
    return this.#database.read(ctx, (em) => listPackages(em, request, options));
  }

  /** Those of `ids` that the caller may see, in any order. */
  async findMany(ctx: Context, ids: readonly string[]): Promise<Package[]> {
    if (ctx.scope === null) return [];
    return this.#database.read(ctx, (em) => findPackages(em, ids));
  }

  /** The package with this code that may be given to devices now; null when there is none. */
  findByCode(ctx: Context, code: string): Promise<Package | null> {
    return this.#database.read(ctx, (em) => em.findOne(Package, { code, archivedAt: null }));
  }

  /** Throws CODE_TAKEN. */
  create(ctx: Context, input: z.input<typeof newPackage>): Promise<Package> {
    const { code, isDefault, ...agreed } = parseInput(newPackage, input);
    const agencyId = requireAgency(ctx);
    return this.#database.write(ctx, async (tx) => {
      await lockCatalogue(tx, agencyId);
      const number = await nextNumber(tx, 'package', { agencyId, code });
      const made = Package.create({ agencyId, number, code }, agreed, this.#clock.now());
      await tx.em.persist(made).flush();
      if (isDefault) await this.#makeDefault(tx, made);
      return made;
    });
  }

  /** Takes effect at once for every device that has it, the allowance of the running month included. */
  update(ctx: Context, id: string, input: z.input<typeof changes>): Promise<Package> {
    const { isDefault, ...agreed } = parseInput(changes, input);
    assertDefaultStays(isDefault);
    const agencyId = requireAgency(ctx);
    return this.#database.write(ctx, async (tx) => {
      await lockCatalogue(tx, agencyId);
      const found = await getPackage(tx.em, id);
      found.agreeOn(agreed);
      await tx.em.flush();
      if (isDefault === true && found.archivedAt != null) throw billingErrors.PACKAGE_ARCHIVED();
      if (isDefault === true) await this.#makeDefault(tx, found);
      return found;
    });
  }

  /** No device gets it any more; the devices that have it keep it. */
  archive(ctx: Context, id: string): Promise<Package> {
    const agencyId = requireAgency(ctx);
    return this.#database.write(ctx, async (tx) => {
      await lockCatalogue(tx, agencyId);
      const found = await getPackage(tx.em, id);
      if (found.isDefault) throw billingErrors.DEFAULT_NOT_ARCHIVABLE();
      found.archivedAt ??= this.#clock.now();
      return found;
    });
  }

  /**
   * The package of a new or changed device: the one named, or the default. Throws NOT_FOUND, PACKAGE_ARCHIVED, and
   * PACKAGE_NOT_SELECTABLE where only the agency decides.
   */
  async choose(tx: Transaction, packageId: string | null): Promise<string> {
    if (packageId === null) return (await tx.em.findOneOrFail(Package, { isDefault: true })).id;
    const found = await getPackage(tx.em, packageId);
    if (found.archivedAt != null) throw billingErrors.PACKAGE_ARCHIVED();
    if (!found.selfService && !tx.ctx.isAgencyWide) throw billingErrors.PACKAGE_NOT_SELECTABLE();
    return found.id;
  }

  async #makeDefault(tx: Transaction, found: Package): Promise<void> {
    await makeDefault(tx, 'package', found);
    await tx.em.refresh(found);
  }
}

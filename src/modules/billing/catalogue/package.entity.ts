import { newId } from '../../../kernel/ids.js';
import { agencyEntity, p } from '../../../platform/database/tenant-entity.js';

const PackageSchema = agencyEntity({
  name: 'Package',
  tableName: 'package',
  properties: {
    number: p.integer(),
    code: p.text(),
    name: p.text(),
    monthlyAllowance: p.integer().nullable(),
    webhooks: p.boolean(),
    priority: p.boolean(),
    brandLine: p.boolean(),
    selfService: p.boolean(),
    isDefault: p.boolean(),
    createdAt: p.datetime(),
    archivedAt: p.datetime().nullable(),
  },
});

export interface PackageTerms {
  readonly name: string;
  /** Messages a month; null: without limit. */
  readonly monthlyAllowance: number | null;
  readonly webhooks: boolean;
  /** Its messages go before those of packages without. */
  readonly priority: boolean;
  readonly brandLine: boolean;
  /** Whether a subaccount may choose it without its agency. */
  readonly selfService: boolean;
}

/** What a device may do. */
export class Package extends PackageSchema.class {
  static create(
    place: { readonly agencyId: string; readonly number: number; readonly code: string },
    terms: PackageTerms,
    at: Date,
  ): Package {
    const made = new Package();
    Object.assign(made, place, { id: newId(), isDefault: false, createdAt: at, archivedAt: null });
    made.agreeOn(terms);
    return made;
  }

  /** Left out: stays. */
  agreeOn(terms: { readonly [Name in keyof PackageTerms]?: PackageTerms[Name] | undefined }): void {
    const given = Object.entries(terms).filter(([, value]) => value !== undefined);
    Object.assign(this, Object.fromEntries(given));
  }
}

PackageSchema.setClass(Package);

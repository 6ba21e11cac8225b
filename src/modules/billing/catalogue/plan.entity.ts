import { newId } from '../../../kernel/ids.js';
import { agencyEntity, p } from '../../../platform/database/tenant-entity.js';
import type { PlanFeature } from './plan.features.js';

const PlanSchema = agencyEntity({
  name: 'Plan',
  tableName: 'plan',
  properties: {
    number: p.integer(),
    code: p.text(),
    name: p.text(),
    maxDevices: p.integer().nullable(),
    features: p.array().$type<PlanFeature[]>(),
    isDefault: p.boolean(),
    createdAt: p.datetime(),
    archivedAt: p.datetime().nullable(),
  },
});

/** What a plan says; null: without limit. */
export interface PlanTerms {
  readonly name: string;
  readonly maxDevices: number | null;
  readonly features: readonly PlanFeature[];
}

/** What a subaccount may have. */
export class Plan extends PlanSchema.class {
  static create(
    place: { readonly agencyId: string; readonly number: number; readonly code: string },
    terms: PlanTerms,
    at: Date,
  ): Plan {
    const plan = new Plan();
    Object.assign(plan, place, { id: newId(), isDefault: false, createdAt: at, archivedAt: null });
    plan.agreeOn(terms);
    return plan;
  }

  /** Left out: stays. */
  agreeOn(terms: { readonly [Name in keyof PlanTerms]?: PlanTerms[Name] | undefined }): void {
    if (terms.name !== undefined) this.name = terms.name;
    if (terms.maxDevices !== undefined) this.maxDevices = terms.maxDevices;
    if (terms.features !== undefined) this.features = [...new Set(terms.features)].sort();
  }
}

PlanSchema.setClass(Plan);

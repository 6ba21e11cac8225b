import { newId } from '../../../kernel/ids.js';
import { p, tenantEntity } from '../../../platform/database/tenant-entity.js';
import type { Stage, StageKind } from '../stage.entity.js';
import type { Money } from './money.js';

const DealSchema = tenantEntity({
  name: 'Deal',
  tableName: 'deal',
  properties: {
    pipelineId: p.uuid(),
    stageId: p.uuid(),
    // The kind of its stage.
    status: p.text().$type<StageKind>(),
    // Its place in the stage, by byte order.
    rank: p.text(),
    title: p.text(),
    contactId: p.uuid().nullable(),
    // A user.
    ownerId: p.uuid().nullable(),
    valueMinor: p.bigint('number').nullable(),
    currency: p.text().nullable(),
    expectedCloseOn: p.date().nullable(),
    lostReason: p.text().nullable(),
    version: p.integer(),
    closedAt: p.datetime().nullable(),
    createdAt: p.datetime(),
    updatedAt: p.datetime(),
  },
});

/** What people fill in. */
export interface DealFacts {
  readonly title: string;
  readonly contactId: string | null;
  readonly ownerId: string | null;
  readonly value: Money | null;
  /** `2027-01-31` */
  readonly expectedCloseOn: string | null;
}

export type DealEdits = Partial<DealFacts & { readonly lostReason: string | null }>;

/** Something that may be sold. `version` counts its changes: whoever changes it says which one was seen. */
export class Deal extends DealSchema.class {
  static create(stage: Stage, rank: string, facts: DealFacts, at: Date): Deal {
    const deal = new Deal();
    const { agencyId, subaccountId } = stage;
    Object.assign(deal, { id: newId(), agencyId, subaccountId, createdAt: at, lostReason: null, version: 0 });
    deal.enter(stage, rank, null, at);
    deal.change(facts, at);
    deal.version = 1;
    return deal;
  }

  get value(): Money | null {
    const { valueMinor, currency } = this;
    return valueMinor == null || currency == null ? null : { amountMinor: valueMinor, currency };
  }

  /** Takes what is given. */
  change(facts: DealEdits, at: Date): void {
    const { value, ...others } = facts;
    Object.assign(this, others);
    if (value !== undefined) {
      this.valueMinor = value?.amountMinor ?? null;
      this.currency = value?.currency ?? null;
    }
    this.touch(at);
  }

  /** Into a stage, or to another place in the one where it is. */
  enter(stage: Stage, rank: string, lostReason: string | null, at: Date): void {
    const isClosed = stage.kind !== 'OPEN';
    if (this.status !== stage.kind) this.closedAt = isClosed ? at : null;
    this.pipelineId = stage.pipelineId;
    this.stageId = stage.id;
    this.status = stage.kind;
    this.rank = rank;
    this.lostReason = stage.kind === 'LOST' ? (lostReason ?? this.lostReason ?? null) : null;
    this.touch(at);
  }

  touch(at: Date): void {
    this.version += 1;
    this.updatedAt = at;
  }
}

DealSchema.setClass(Deal);

import { newId } from '../../../kernel/ids.js';
import { p, tenantEntity } from '../../../platform/database/tenant-entity.js';
import type { Stage } from '../stage.entity.js';
import type { Deal } from './deal.entity.js';

const DealMoveSchema = tenantEntity({
  name: 'DealMove',
  tableName: 'deal_move',
  properties: {
    dealId: p.uuid(),
    // null: that is where the deal was opened.
    fromStageId: p.uuid().nullable(),
    fromStageName: p.text().nullable(),
    toStageId: p.uuid(),
    toStageName: p.text(),
    // A user; null: a key, or the product itself.
    movedBy: p.uuid().nullable(),
    movedAt: p.datetime(),
  },
});

/** One step in the history of a deal, with the names that the stages had then. */
export class DealMove extends DealMoveSchema.class {
  static of(
    deal: Deal,
    { from, to }: { readonly from: Stage | null; readonly to: Stage },
    { by, at }: { readonly by: string | null; readonly at: Date },
  ): DealMove {
    const { agencyId, subaccountId, id: dealId } = deal;
    return Object.assign(new DealMove(), {
      id: newId(),
      agencyId,
      subaccountId,
      dealId,
      fromStageId: from?.id ?? null,
      fromStageName: from?.name ?? null,
      toStageId: to.id,
      toStageName: to.name,
      movedBy: by,
      movedAt: at,
    });
  }
}

DealMoveSchema.setClass(DealMove);

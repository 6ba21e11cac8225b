import { newId } from '../../../kernel/ids.js';
import { p, tenantEntity } from '../../../platform/database/tenant-entity.js';

const CannedReplySchema = tenantEntity({
  name: 'CannedReply',
  tableName: 'canned_reply',
  properties: {
    // Small letters.
    shortcut: p.text(),
    text: p.text(),
    createdAt: p.datetime(),
    updatedAt: p.datetime(),
  },
});

/** A text that a team writes again and again, with places for what differs. */
export class CannedReply extends CannedReplySchema.class {
  static create(
    facts: Pick<CannedReply, 'agencyId' | 'subaccountId' | 'shortcut' | 'text'>,
    at: Date,
  ): CannedReply {
    return Object.assign(new CannedReply(), facts, { id: newId(), createdAt: at, updatedAt: at });
  }
}

CannedReplySchema.setClass(CannedReply);

import { newId } from '../../../kernel/ids.js';
import { p, tenantEntity } from '../../../platform/database/tenant-entity.js';
import type { ConversationFilter } from '../../messaging/index.js';

const ConversationViewSchema = tenantEntity({
  name: 'ConversationView',
  tableName: 'conversation_view',
  properties: {
    // A user; null: it is everybody's.
    ownerId: p.uuid().nullable(),
    name: p.text(),
    filter: p.json().$type<ConversationFilter>(),
    createdAt: p.datetime(),
    updatedAt: p.datetime(),
  },
});

/** A filter of conversations under a name. */
export class ConversationView extends ConversationViewSchema.class {
  static create(
    facts: Pick<ConversationView, 'agencyId' | 'subaccountId' | 'ownerId' | 'name' | 'filter'>,
    at: Date,
  ): ConversationView {
    return Object.assign(new ConversationView(), facts, { id: newId(), createdAt: at, updatedAt: at });
  }
}

ConversationViewSchema.setClass(ConversationView);

import { newId } from '../../../kernel/ids.js';
import { p, tenantEntity } from '../../../platform/database/tenant-entity.js';
import type { Conversation } from '../../messaging/index.js';

const ConversationHandlingSchema = tenantEntity({
  name: 'ConversationHandling',
  tableName: 'conversation_handling',
  properties: {
    deviceId: p.uuid(),
    conversationId: p.uuid(),
    openedAt: p.datetime(),
    firstResponseAt: p.datetime().nullable(),
    // Users; null: a key, or the phone itself.
    responderId: p.uuid().nullable(),
    closedAt: p.datetime().nullable(),
    closerId: p.uuid().nullable(),
  },
});

/** From what somebody wrote to the close of the conversation, with the first answer between. */
export class ConversationHandling extends ConversationHandlingSchema.class {
  static open(
    { agencyId, subaccountId, deviceId, id: conversationId }: Conversation,
    openedAt: Date,
  ): ConversationHandling {
    const place = { agencyId, subaccountId, deviceId, conversationId };
    return Object.assign(new ConversationHandling(), { id: newId(openedAt.getTime()), ...place, openedAt });
  }

  /** Only the first one counts. */
  answer(at: Date, userId: string | null): void {
    if (this.firstResponseAt != null) return;
    this.firstResponseAt = at;
    this.responderId = userId;
  }

  close(at: Date, userId: string | null): void {
    this.closedAt = at;
    this.closerId = userId;
  }
}

ConversationHandlingSchema.setClass(ConversationHandling);

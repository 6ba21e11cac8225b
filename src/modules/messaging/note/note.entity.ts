import { newId } from '../../../kernel/ids.js';
import { p, tenantEntity } from '../../../platform/database/tenant-entity.js';
import type { Conversation } from '../conversation/conversation.entity.js';

const ConversationNoteSchema = tenantEntity({
  name: 'ConversationNote',
  tableName: 'conversation_note',
  properties: {
    deviceId: p.uuid(),
    conversationId: p.uuid(),
    // A user; null: a key.
    authorId: p.uuid().nullable(),
    text: p.text(),
    createdAt: p.datetime(),
  },
});

/** What colleagues tell each other about a conversation; the person never sees it. It stays as it was written. */
export class ConversationNote extends ConversationNoteSchema.class {
  static create(
    { agencyId, subaccountId, deviceId, id: conversationId }: Conversation,
    facts: { readonly text: string; readonly authorId: string | null },
    at: Date,
  ): ConversationNote {
    const place = { agencyId, subaccountId, deviceId, conversationId };
    return Object.assign(new ConversationNote(), { id: newId(), ...place, ...facts, createdAt: at });
  }
}

ConversationNoteSchema.setClass(ConversationNote);

import { p, tenantEntity } from '../../../platform/database/tenant-entity.js';

export const CONVERSATION_KINDS = ['DIRECT', 'GROUP'] as const;
export type ConversationKind = (typeof CONVERSATION_KINDS)[number];

export const CONVERSATION_STATUSES = ['OPEN', 'CLOSED'] as const;
export type ConversationStatus = (typeof CONVERSATION_STATUSES)[number];

const ConversationSchema = tenantEntity({
  name: 'Conversation',
  tableName: 'conversation',
  properties: {
    deviceId: p.uuid(),
    kind: p.text().$type<ConversationKind>(),
    contactId: p.uuid().nullable(),
    providerAddress: p.text().nullable(),
    subject: p.text().nullable(),
    status: p.text().$type<ConversationStatus>(),
    unreadCount: p.integer(),
    lastMessageAt: p.datetime(),
    // When they first wrote; null: they never did, they are strangers to this number.
    firstInboundAt: p.datetime().nullable(),
    // When we wrote first to somebody who had not written before.
    reachedOutAt: p.datetime().nullable(),
    createdAt: p.datetime(),
  },
});

/** What one device and one person (or one group, receive-only) wrote to each other. */
export class Conversation extends ConversationSchema.class {}

ConversationSchema.setClass(Conversation);

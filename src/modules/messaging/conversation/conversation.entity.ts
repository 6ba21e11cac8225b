import { columnsOf } from '../../../platform/database/entity-columns.js';
import { p, tenantEntity } from '../../../platform/database/tenant-entity.js';

export const CONVERSATION_KINDS = ['DIRECT', 'GROUP'] as const;
export type ConversationKind = (typeof CONVERSATION_KINDS)[number];

export const CONVERSATION_STATUSES = ['OPEN', 'PENDING', 'SNOOZED', 'CLOSED'] as const;
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
    snoozedUntil: p.datetime().nullable(),
    // What the latest message woke it from; null: it was awake.
    wokenFrom: p.text().$type<ConversationStatus>().nullable(),
    // A user.
    assigneeId: p.uuid().nullable(),
    teamId: p.uuid().nullable(),
    version: p.integer(),
    // All that came in, and what nobody has marked as read of it.
    receivedCount: p.integer(),
    unreadCount: p.integer(),
    lastMessageAt: p.datetime(),
    // When they first wrote; null: they never did, they are strangers to this number.
    firstInboundAt: p.datetime().nullable(),
    // When we wrote first to somebody who had not written before.
    reachedOutAt: p.datetime().nullable(),
    createdAt: p.datetime(),
  },
});

/** For prepared statements on `conversation c`. */
export const CONVERSATION_COLUMNS = columnsOf(ConversationSchema, 'c');

/** What of a conversation people decide. */
export interface ConversationWork {
  readonly status: ConversationStatus;
  /** With SNOOZED, and with nothing else. */
  readonly snoozedUntil: Date | null;
  readonly assigneeId: string | null;
  readonly teamId: string | null;
}

export type WorkAspect = 'STATUS' | 'ASSIGNEE' | 'TEAM';

/**
 * What one device and one person (or one group, receive-only) wrote to each other. `version` counts what people and rules decide about it,
 * not its messages.
 */
export class Conversation extends ConversationSchema.class {
  /** Takes what is given; returns what is different now. */
  work(given: Partial<ConversationWork>): WorkAspect[] {
    const { status = this.status, assigneeId = this.assigneeId, teamId = this.teamId } = given;
    const snoozedUntil = status === 'SNOOZED' ? (given.snoozedUntil ?? this.snoozedUntil ?? null) : null;
    const isSameTime = snoozedUntil?.getTime() === this.snoozedUntil?.getTime();
    const changed: WorkAspect[] = [
      ...(status === this.status && isSameTime ? [] : ['STATUS' as const]),
      ...((assigneeId ?? null) === (this.assigneeId ?? null) ? [] : ['ASSIGNEE' as const]),
      ...((teamId ?? null) === (this.teamId ?? null) ? [] : ['TEAM' as const]),
    ];
    Object.assign(this, { status, snoozedUntil, assigneeId: assigneeId ?? null, teamId: teamId ?? null });
    if (changed.length > 0) this.version += 1;
    return changed;
  }

  /** Another one with the same person: what was going on in either goes on here. */
  absorb(other: Conversation): void {
    this.receivedCount += other.receivedCount;
    this.unreadCount += other.unreadCount;
    if (other.lastMessageAt > this.lastMessageAt) this.lastMessageAt = other.lastMessageAt;
    this.firstInboundAt ??= other.firstInboundAt ?? null;
    this.reachedOutAt ??= other.reachedOutAt ?? null;
    this.assigneeId ??= other.assigneeId ?? null;
    this.teamId ??= other.teamId ?? null;
    if (other.status === 'OPEN') Object.assign(this, { status: 'OPEN', snoozedUntil: null });
    this.version += 1;
  }
}

ConversationSchema.setClass(Conversation);

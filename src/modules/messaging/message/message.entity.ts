import { createHash } from 'node:crypto';
import { newId } from '../../../kernel/ids.js';
import { p, tenantEntity } from '../../../platform/database/tenant-entity.js';
import type { ChargedPool, Charge } from '../../billing/index.js';
import type { FailureCode } from '../messaging.errors.js';
import type { RoutingRule } from '../routing/routing.rule.js';
import { isAction } from './message.kind.js';
import type { Direction, MessageKind } from './message.kind.js';
import { PRIORITY_RANK, rankOf } from './message.priority.js';
import type { Priority } from './message.priority.js';
import { canMove } from './message.status.js';
import type { MessageOrigin } from './message.origin.js';
import type { MessageStatus } from './message.status.js';

const MessageSchema = tenantEntity({
  name: 'Message',
  tableName: 'message',
  properties: {
    // The same message for callers that know numbers; the database counts.
    number: p.bigint('number'),
    deviceId: p.uuid(),
    conversationId: p.uuid(),
    shard: p.smallint(),
    direction: p.text().$type<Direction>(),
    kind: p.text().$type<MessageKind>(),
    status: p.text().$type<MessageStatus>(),
    text: p.text().nullable(),
    recipient: p.text().nullable(),
    sender: p.text().nullable(),
    whatsappId: p.text().nullable(),
    // Sealed with the device's data key for the place `message:<id>`.
    content: p.blob().nullable().lazy(),
    priority: p.smallint(),
    dueAt: p.datetime().nullable(),
    scheduledAt: p.datetime().nullable(),
    expiresAt: p.datetime().nullable(),
    // As the caller wants it; null: as usual.
    retryIntervalSeconds: p.integer().nullable(),
    maxAttempts: p.smallint().nullable(),
    // What its unit was taken from, and what was left there; null: nobody was charged.
    quotaPool: p.text().$type<ChargedPool>().nullable(),
    quotaGrantId: p.uuid().nullable(),
    quotaRemaining: p.integer().nullable(),
    // What is put below its text.
    brandLine: p.text().nullable(),
    attemptCount: p.integer(),
    claimEpoch: p.bigint('number').nullable(),
    written: p.boolean(),
    outcomeUnknown: p.boolean(),
    failureCode: p.text().$type<FailureCode>().nullable(),
    failureDetail: p.text().nullable(),
    caughtUp: p.boolean(),
    editedAt: p.datetime().nullable(),
    deletedAt: p.datetime().nullable(),
    retryOf: p.uuid().nullable(),
    // Of a reaction, an edit or a deletion.
    targetId: p.uuid().nullable(),
    // What it answers: a message of ours, or the text of one that is not here.
    replyToId: p.uuid().nullable(),
    quotedText: p.text().nullable(),
    // Who wrote it; null where that is not known: inbound, or typed on the phone.
    origin: p.text().$type<MessageOrigin>().nullable(),
    // What chose the device; null where nobody chose: inbound, or typed on the phone.
    routingRule: p.text().$type<RoutingRule>().nullable(),
    createdAt: p.datetime(),
    sentAt: p.datetime().nullable(),
    deliveredAt: p.datetime().nullable(),
    readAt: p.datetime().nullable(),
    playedAt: p.datetime().nullable(),
  },
});

export type MessageProperty = keyof typeof MessageSchema.properties;
/** All that is stored of a message. */
export const MESSAGE_PROPERTIES = Object.keys(MessageSchema.properties) as readonly MessageProperty[];

/** Where a new message belongs. */
export interface MessagePlace {
  readonly agencyId: string;
  readonly subaccountId: string;
  readonly deviceId: string;
  readonly shard: number;
  readonly conversationId: string;
}

/** How a caller wants a message to be sent. */
export interface DeliveryOptions {
  readonly priority: Priority;
  readonly scheduledAt: Date | null;
  readonly retryIntervalSeconds: number | null;
  readonly maxAttempts: number | null;
}

export interface OutboundFacts {
  readonly id: string;
  /** null: it costs nothing. */
  readonly charge: Charge | null;
  /** Goes before those without, see {@link rankOf}. */
  readonly packagePriority: boolean;
  readonly brandLine: string | null;
  readonly kind: MessageKind;
  readonly text: string | null;
  /** E.164 digits, or the address of a person whose number is not known. */
  readonly recipient: string;
  readonly expiresAt: Date | null;
  readonly retryOf: string | null;
  readonly targetId: string | null;
  readonly replyToId: string | null;
  readonly routingRule: RoutingRule;
  readonly origin: MessageOrigin;
  readonly delivery: DeliveryOptions;
  readonly at: Date;
  /** When a drain looks at it first. */
  readonly dueAt: Date;
}

/** What happened outside: received from somebody, or typed by the owner on the phone. */
export interface ObservedFacts {
  readonly direction: Direction;
  readonly status: 'RECEIVED' | 'UNDECRYPTABLE' | 'SENT';
  readonly kind: MessageKind;
  readonly text: string | null;
  readonly whatsappId: string;
  /** Address of the author, where the conversation does not say it. */
  readonly sender: string | null;
  readonly recipient: string | null;
  readonly sentAt: Date;
  readonly caughtUp: boolean;
  readonly targetId: string | null;
  readonly replyToId: string | null;
  readonly quotedText: string | null;
  readonly at: Date;
}

/** One message. The outbound ones are the outbox: `dueAt` says when a drain looks at one next, null that there is nothing left to do. */
export class Message extends MessageSchema.class {
  /** A message to send. Its WhatsApp id is fixed here and never changes, whatever is repeated. */
  static outbound(place: MessagePlace, facts: OutboundFacts): Message {
    const message = blank({ ...place, id: facts.id }, facts.at);
    message.direction = 'OUTBOUND';
    message.status = facts.delivery.scheduledAt === null ? 'PENDING' : 'SCHEDULED';
    message.kind = facts.kind;
    message.text = facts.text;
    message.recipient = facts.recipient;
    message.whatsappId = whatsappIdOf(message);
    message.expiresAt = facts.expiresAt;
    message.retryOf = facts.retryOf;
    message.routingRule = facts.routingRule;
    message.origin = facts.origin;
    message.targetId = facts.targetId;
    message.replyToId = facts.replyToId;
    message.priority = rankOf(facts.delivery.priority, { priority: facts.packagePriority });
    message.quotaPool = facts.charge?.pool ?? null;
    message.quotaGrantId = facts.charge?.grantId ?? null;
    message.quotaRemaining = facts.charge?.remaining ?? null;
    message.brandLine = facts.brandLine;
    message.scheduledAt = facts.delivery.scheduledAt;
    message.retryIntervalSeconds = facts.delivery.retryIntervalSeconds;
    message.maxAttempts = facts.delivery.maxAttempts;
    message.dueAt = message.notBefore(facts.dueAt);
    return message;
  }

  static observed(place: MessagePlace, facts: ObservedFacts): Message {
    const message = blank(place, facts.at);
    message.direction = facts.direction;
    message.status = facts.status;
    message.kind = facts.kind;
    message.text = facts.text;
    message.whatsappId = facts.whatsappId;
    message.sender = facts.sender;
    message.recipient = facts.recipient;
    message.sentAt = facts.sentAt;
    message.caughtUp = facts.caughtUp;
    message.targetId = facts.targetId;
    message.replyToId = facts.replyToId;
    message.quotedText = facts.quotedText;
    return message;
  }

  /** The time, or the scheduled one when that is later. */
  notBefore(time: Date): Date {
    return this.scheduledAt instanceof Date && this.scheduledAt > time ? this.scheduledAt : time;
  }

  /** Whether it is still to be taken by a drain. */
  get isWaiting(): boolean {
    return this.status === 'SCHEDULED' || this.status === 'PENDING';
  }

  get retryIntervalMs(): number | null {
    return this.retryIntervalSeconds == null ? null : this.retryIntervalSeconds * 1_000;
  }

  isExpired(now: Date): boolean {
    return this.expiresAt instanceof Date && this.expiresAt <= now;
  }

  /** Whether the same content may be sent as a new message without the recipient seeing it twice. */
  get isRetryable(): boolean {
    const ended = this.status === 'FAILED' || this.status === 'EXPIRED' || this.status === 'CANCELED';
    const refused = this.failureCode === 'SERVER_REJECTED' || this.failureCode === 'ACCOUNT_RESTRICTED';
    return this.direction === 'OUTBOUND' && !isAction(this.kind) && ended && (!this.written || refused);
  }

  get isCancelable(): boolean {
    return this.direction === 'OUTBOUND' && canMove(this.status, 'CANCELED');
  }

  /** The time that it was scheduled for has come. */
  fallDue(): void {
    move(this, 'PENDING');
  }

  /** Taken by the drain of a session with this lease epoch; returns the number of the attempt. */
  claim(epoch: number, lookAgainAt: Date): number {
    move(this, 'SENDING');
    this.claimEpoch = epoch;
    this.attemptCount += 1;
    this.dueAt = lookAgainAt;
    return this.attemptCount;
  }

  /** Back to the queue after an attempt that did not end it. */
  release(dueAt: Date): void {
    move(this, 'PENDING');
    this.dueAt = dueAt;
  }

  /** WhatsApp has it. */
  succeed(at: Date): void {
    move(this, 'SENT');
    this.sentAt = at;
    this.dueAt = null;
    this.outcomeUnknown = false;
    this.failureCode = null;
    this.failureDetail = null;
  }

  fail(code: FailureCode, detail: string | null): void {
    move(this, 'FAILED');
    this.failureCode = code;
    this.failureDetail = detail;
    this.dueAt = null;
  }

  /** `waitedFor`: what kept it, for people. */
  expire(waitedFor: string): void {
    move(this, 'EXPIRED');
    this.failureCode = 'EXPIRED';
    this.failureDetail = waitedFor;
    this.dueAt = null;
  }

  cancel(): void {
    move(this, 'CANCELED');
    this.failureCode = 'CANCELED';
    this.dueAt = null;
  }

  /** The author sent an undecryptable message once more. An edit that came in between stays. */
  decrypt(content: {
    readonly kind: MessageKind;
    readonly text: string | null;
    readonly targetId: string | null;
    readonly replyToId: string | null;
    readonly quotedText: string | null;
  }): void {
    move(this, 'RECEIVED');
    this.kind = content.kind;
    this.targetId = content.targetId;
    this.replyToId = content.replyToId;
    this.quotedText = content.quotedText;
    if (this.editedAt == null) this.text = content.text;
  }

  edit(text: string | null, at: Date): void {
    this.text = text;
    this.editedAt = at;
  }

  /** The author deleted it for everybody: that is honoured, nothing of it is kept. */
  erase(at: Date): void {
    this.text = null;
    this.content = null;
    this.quotedText = null;
    this.deletedAt = at;
  }
}

MessageSchema.setClass(Message);

/** No private method: the ORM makes entities without running the constructor, which is where those come from. */
function move(message: Message, to: MessageStatus): void {
  if (!canMove(message.status, to)) {
    throw new Error(`a message cannot go from ${message.status} to ${to}`);
  }
  message.status = to;
}

/** In the form that WhatsApp's own clients use, and the same however often it is computed. */
export function whatsappIdOf(message: { readonly id: string; readonly deviceId: string }): string {
  const digest = createHash('sha256').update(message.deviceId).update(message.id).digest('hex');
  return `3EB0${digest.slice(0, 18).toUpperCase()}`;
}

function blank(place: MessagePlace & { readonly id?: string }, at: Date): Message {
  const message = new Message();
  Object.assign(message, { id: newId(), ...place, createdAt: at });
  message.priority = PRIORITY_RANK.NORMAL;
  message.attemptCount = 0;
  message.written = false;
  message.outcomeUnknown = false;
  message.caughtUp = false;
  for (const field of NULL_AT_FIRST) message[field] = null;
  return message;
}

const NULL_AT_FIRST = [
  'text',
  'recipient',
  'sender',
  'content',
  'dueAt',
  'scheduledAt',
  'expiresAt',
  'retryIntervalSeconds',
  'maxAttempts',
  'quotaPool',
  'quotaGrantId',
  'quotaRemaining',
  'brandLine',
  'claimEpoch',
  'failureCode',
  'failureDetail',
  'editedAt',
  'deletedAt',
  'retryOf',
  'targetId',
  'replyToId',
  'quotedText',
  'origin',
  'routingRule',
  'sentAt',
  'deliveredAt',
  'readAt',
  'playedAt',
] as const;

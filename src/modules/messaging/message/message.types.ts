import 'reflect-metadata';
import { Field, ID, Int, ObjectType } from 'type-graphql';
import { connectionTypes } from '../../../graphql/kit/connection.js';
import { Node } from '../../../graphql/kit/node.js';
import { DateTime, PhoneNumber } from '../../../graphql/kit/scalars.js';
import { toPublicId } from '../../../kernel/ids.js';
import { MessageQuotaType } from '../../billing/index.js';
import { FAILURE_CODES } from '../messaging.errors.js';
import type { FailureCode } from '../messaging.errors.js';
import type { AttemptOutcome, MessageAttempt } from '../outbound/attempt.entity.js';
import { MAX_ATTEMPTS } from '../outbound/settlement.js';
import type { Message } from './message.entity.js';
import {
  AttemptOutcomeEnum,
  DirectionEnum,
  MessageFailureCodeEnum,
  MessageKindEnum,
  MessageStatusEnum,
  PriorityEnum,
} from './message.enums.types.js';
import type { Direction, MessageKind } from './message.kind.js';
import { priorityOf } from './message.priority.js';
import type { Priority } from './message.priority.js';
import type { MessageStatus } from './message.status.js';

@ObjectType('MessageFailure', { description: 'Why a message was not sent.' })
export class MessageFailureType {
  @Field(() => MessageFailureCodeEnum, { description: 'The reason.' })
  readonly code: FailureCode;

  @Field(() => String, { nullable: true, description: 'More about it, for people.' })
  readonly detail: string | null;

  @Field(() => Boolean, { description: 'Whether the same message may well succeed later.' })
  readonly retryable: boolean;

  constructor(code: FailureCode, detail: string | null) {
    this.code = code;
    this.detail = detail;
    this.retryable = FAILURE_CODES[code].retryable;
  }
}

@ObjectType('MessageAttempt', { description: 'One try to send a message.' })
export class MessageAttemptType {
  constructor(readonly attempt: MessageAttempt) {}

  @Field(() => Int, { description: 'From 1.' })
  get number(): number {
    return this.attempt.number;
  }

  @Field(() => AttemptOutcomeEnum, { description: 'How it ended.' })
  get outcome(): AttemptOutcome {
    return this.attempt.outcome;
  }

  @Field(() => Int, { nullable: true, description: "WhatsApp's code when it refused the message." })
  get errorCode(): number | null {
    return this.attempt.errorCode ?? null;
  }

  @Field(() => DateTime, { description: 'When it began.' })
  get startedAt(): Date {
    return this.attempt.startedAt;
  }

  @Field(() => DateTime, { nullable: true, description: 'When it was about to be written to the socket.' })
  get writtenAt(): Date | null {
    return this.attempt.writtenAt ?? null;
  }

  @Field(() => DateTime, { nullable: true, description: 'When it ended.' })
  get endedAt(): Date | null {
    return this.attempt.endedAt ?? null;
  }

  @Field(() => String, { description: 'The process that made it.' })
  get node(): string {
    return this.attempt.node;
  }

  @Field(() => Int, { description: "Epoch of the process's lease on the device." })
  get leaseEpoch(): number {
    return this.attempt.epoch;
  }
}

@ObjectType('Message', { implements: Node, description: 'One message, inbound or outbound.' })
export class MessageType extends Node {
  constructor(readonly message: Message) {
    super('Message', message.id, message.subaccountId);
  }

  @Field(() => DirectionEnum, { description: 'Which way it went.' })
  get direction(): Direction {
    return this.message.direction;
  }

  @Field(() => MessageKindEnum, {
    description: 'What it is. DOCUMENT until the file of an outbound message without a type was fetched.',
  })
  get kind(): MessageKind {
    return this.message.kind;
  }

  @Field(() => String, { nullable: true, description: 'Its text, or the caption of its file.' })
  get text(): string | null {
    return this.message.text ?? null;
  }

  @Field(() => MessageStatusEnum, { description: 'Where it is.' })
  get status(): MessageStatus {
    return this.message.status;
  }

  @Field(() => MessageFailureType, { nullable: true, description: 'Why it was not sent.' })
  get failure(): MessageFailureType | null {
    const { failureCode, failureDetail } = this.message;
    return failureCode == null ? null : new MessageFailureType(failureCode, failureDetail ?? null);
  }

  @Field(() => Boolean, {
    description: 'It was written to WhatsApp, but nothing proves whether it arrived: it may or may not have.',
  })
  get outcomeUnknown(): boolean {
    return this.message.outcomeUnknown;
  }

  @Field(() => String, { nullable: true, description: "WhatsApp's id; the same for every try." })
  get whatsappId(): string | null {
    return this.message.whatsappId ?? null;
  }

  @Field(() => PhoneNumber, { nullable: true, description: 'The recipient of an outbound message.' })
  get to(): string | null {
    const { recipient } = this.message;
    // Of some people only an address is known.
    return recipient == null || recipient.includes('@') ? null : recipient;
  }

  @Field(() => String, { nullable: true, description: 'Who wrote it, in a group: a number or an address.' })
  get author(): string | null {
    return this.message.sender ?? null;
  }

  @Field(() => Boolean, {
    description: 'It was waiting at WhatsApp while the device was not connected; `sentAt` is its own time.',
  })
  get caughtUp(): boolean {
    return this.message.caughtUp;
  }

  @Field(() => ID, { nullable: true, description: 'The message that this one sends once more.' })
  get retryOfId(): string | null {
    return this.message.retryOf == null ? null : toPublicId('Message', this.message.retryOf);
  }

  @Field(() => ID, {
    nullable: true,
    description: 'The message that a reaction, an edit or a deletion is about, when we have it.',
  })
  get targetId(): string | null {
    return this.message.targetId == null ? null : toPublicId('Message', this.message.targetId);
  }

  @Field(() => DateTime, { description: 'When it was accepted or stored here.' })
  get createdAt(): Date {
    return this.message.createdAt;
  }

  @Field(() => PriorityEnum, { description: 'Its place among the waiting messages of the device.' })
  get priority(): Priority {
    return priorityOf(this.message.priority);
  }

  @Field(() => MessageQuotaType, {
    nullable: true,
    description:
      'What it was taken from; null: it came in, was typed on the phone, or is a reaction, an edit or a deletion.',
  })
  get quota(): MessageQuotaType | null {
    const { quotaPool: pool, quotaRemaining: remaining } = this.message;
    return pool == null ? null : new MessageQuotaType({ pool, remaining: remaining ?? null });
  }

  @Field(() => String, {
    nullable: true,
    description: 'The line that is put below its text or caption, as its package says.',
  })
  get brandLine(): string | null {
    return this.message.brandLine ?? null;
  }

  @Field(() => DateTime, { nullable: true, description: 'The time that it was scheduled for.' })
  get scheduledAt(): Date | null {
    return this.message.scheduledAt ?? null;
  }

  @Field(() => Int, {
    nullable: true,
    description: 'Seconds between its tries, when its caller named them.',
  })
  get retryIntervalSeconds(): number | null {
    return this.message.retryIntervalSeconds ?? null;
  }

  @Field(() => Int, { nullable: true, description: 'After so many failed tries it ends; null: inbound.' })
  get maxAttempts(): number | null {
    return this.message.direction === 'INBOUND' ? null : (this.message.maxAttempts ?? MAX_ATTEMPTS);
  }

  @Field(() => DateTime, { nullable: true, description: 'When WhatsApp took it from its author.' })
  get sentAt(): Date | null {
    return this.message.sentAt ?? null;
  }

  @Field(() => DateTime, { nullable: true, description: "When it reached the recipient's phone." })
  get deliveredAt(): Date | null {
    return this.message.deliveredAt ?? null;
  }

  @Field(() => DateTime, { nullable: true, description: 'When the recipient read it.' })
  get readAt(): Date | null {
    return this.message.readAt ?? null;
  }

  @Field(() => DateTime, { nullable: true, description: 'When the recipient played it.' })
  get playedAt(): Date | null {
    return this.message.playedAt ?? null;
  }

  @Field(() => DateTime, { nullable: true, description: 'It is not sent after this.' })
  get expiresAt(): Date | null {
    return this.message.expiresAt ?? null;
  }

  @Field(() => DateTime, { nullable: true, description: 'When its author changed its text.' })
  get editedAt(): Date | null {
    return this.message.editedAt ?? null;
  }

  @Field(() => DateTime, {
    nullable: true,
    description: 'When its author deleted it for everybody; text and file are gone then.',
  })
  get deletedAt(): Date | null {
    return this.message.deletedAt ?? null;
  }
}

export const { connection: MessageConnection } = connectionTypes('Message', MessageType);

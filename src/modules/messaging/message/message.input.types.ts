import 'reflect-metadata';
import { ArgsType, Field, ID, InputType, Int, ObjectType } from 'type-graphql';
import { ConnectionArgs } from '../../../graphql/kit/connection.js';
import { DateTime, PhoneNumber, Url } from '../../../graphql/kit/scalars.js';
import { fromPublicId } from '../../../kernel/ids.js';
import type { NodeType } from '../../../kernel/ids.js';
import type { WhenOffline } from '../outbound/send.policy.js';
import {
  DirectionEnum,
  MediaTypeEnum,
  MessageStatusEnum,
  PriorityEnum,
  WhenOfflineEnum,
} from './message.enums.types.js';
import type { SendMessageRequest } from './message.input.js';
import type { Direction, MediaType } from './message.kind.js';
import type { Priority } from './message.priority.js';
import type { MessageStatus } from './message.status.js';
import { MessageType } from './message.types.js';

@InputType('MediaInput', { description: 'A file to send.' })
export class MediaInput {
  @Field(() => Url, {
    description:
      'Where the file is: a public http or https address. It is fetched once, before the message is sent.',
  })
  url = '';

  @Field(() => MediaTypeEnum, {
    nullable: true,
    description: 'How to send it; by default as its content type says.',
  })
  type?: MediaType | null;

  @Field(() => String, { nullable: true, description: 'The name that the recipient sees, of a document.' })
  fileName?: string | null;
}

@InputType('SendMessageInput', {
  description: 'A message to send: text, or a file with an optional caption.',
})
export class SendMessageInput {
  @Field(() => ID, { nullable: true, description: 'The device to send with.' })
  deviceId?: string | null;

  @Field(() => ID, {
    nullable: true,
    description:
      'In place of a device: the subaccount whose best device is chosen, see `Message.routing` for the rule.',
  })
  subaccountId?: string | null;

  @Field(() => PhoneNumber, { nullable: true, description: 'The recipient.' })
  to?: string | null;

  @Field(() => ID, {
    nullable: true,
    description: 'In place of a number: the contact, also one whose number WhatsApp does not tell.',
  })
  contactId?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'The text, up to 4096 characters; with a file its caption, up to 1024.',
  })
  text?: string | null;

  @Field(() => MediaInput, { nullable: true, description: 'A file.' })
  media?: MediaInput | null;

  @Field(() => WhenOfflineEnum, {
    nullable: true,
    defaultValue: 'QUEUE',
    description: 'What to do while the device is not connected.',
  })
  whenOffline?: WhenOffline | null;

  @Field(() => Int, {
    nullable: true,
    description: 'Do not send it later than so many seconds from now, or from `scheduledAt`; up to 30 days.',
  })
  expiresInSeconds?: number | null;

  @Field(() => DateTime, {
    nullable: true,
    description: 'Do not send it after this moment. Wins over `expiresInSeconds`.',
  })
  expiresAt?: Date | null;

  @Field(() => PriorityEnum, {
    defaultValue: 'NORMAL',
    description: 'Its place among the waiting messages of the device.',
  })
  priority: Priority = 'NORMAL';

  @Field(() => DateTime, {
    nullable: true,
    description:
      'Send it at this time, within a year. Missed while the server was down, it goes out late or expires.',
  })
  scheduledAt?: Date | null;

  @Field(() => Int, {
    nullable: true,
    description: 'Seconds between tries: 1 to 86400. Left out: growing from 5 seconds to 3 minutes.',
  })
  retryIntervalSeconds?: number | null;

  @Field(() => Int, {
    nullable: true,
    description: 'Give up after so many failed tries: 1 to 20. Left out: 5.',
  })
  maxAttempts?: number | null;

  @Field(() => String, {
    nullable: true,
    description:
      'Makes repeating the call safe: for 24 hours the same key in the same subaccount answers with the same message. Another input under it is a CONFLICT.',
  })
  idempotencyKey?: string | null;

  @Field(() => ID, {
    nullable: true,
    description: 'The message of the same conversation that it answers, theirs or ours.',
  })
  replyToId?: string | null;

  toRequest(): SendMessageRequest {
    const { to, text, media, whenOffline, expiresInSeconds, expiresAt, idempotencyKey } = this;
    const { priority, scheduledAt, retryIntervalSeconds, maxAttempts } = this;
    const delivery = { priority, scheduledAt, retryIntervalSeconds, maxAttempts };
    return {
      deviceId: uuidOf('Device', this.deviceId, 'input.deviceId'),
      subaccountId: uuidOf('Subaccount', this.subaccountId, 'input.subaccountId'),
      to,
      contactId: uuidOf('Contact', this.contactId, 'input.contactId'),
      text,
      media,
      whenOffline,
      expiresInSeconds,
      expiresAt,
      idempotencyKey,
      replyToId: uuidOf('Message', this.replyToId, 'input.replyToId'),
      ...delivery,
    };
  }
}

function uuidOf(type: NodeType, id: string | null | undefined, path: string): string | null {
  return id == null ? null : fromPublicId(type, id, path);
}

@InputType('MessageInput', { description: 'Names a message.' })
export class MessageInput {
  @Field(() => ID, { description: 'The message.' })
  messageId = '';
}

@ObjectType('SendMessagePayload', { description: 'What sendMessage answers.' })
export class SendMessagePayload {
  @Field(() => MessageType, { description: 'The accepted message.' })
  readonly message: MessageType;

  @Field(() => Boolean, { description: 'Whether it was accepted earlier, under the same idempotency key.' })
  readonly replayed: boolean;

  constructor(message: MessageType, replayed: boolean) {
    this.message = message;
    this.replayed = replayed;
  }
}

@ObjectType('MessagePayload', { description: 'The message as it is now.' })
export class MessagePayload {
  @Field(() => MessageType, { description: 'The message.' })
  readonly message: MessageType;

  constructor(message: MessageType) {
    this.message = message;
  }
}

@InputType('MessageFilter', { description: 'Which messages; all conditions together.' })
export class MessageFilterInput {
  @Field(() => [MessageStatusEnum], { nullable: true, description: 'Has one of these statuses.' })
  status?: MessageStatus[] | null;

  @Field(() => DirectionEnum, { nullable: true, description: 'Went this way.' })
  direction?: Direction | null;

  @Field(() => ID, { nullable: true, description: 'Of this device.' })
  deviceId?: string | null;

  @Field(() => ID, { nullable: true, description: 'Of this conversation.' })
  conversationId?: string | null;

  @Field(() => String, { nullable: true, description: 'Has this WhatsApp id.' })
  whatsappId?: string | null;
}

@ArgsType()
export class MessageConnectionArgs extends ConnectionArgs {
  @Field(() => MessageFilterInput, { nullable: true, description: 'Which messages.' })
  filter?: MessageFilterInput | null;
}

import 'reflect-metadata';
import { Field, Int, ObjectType } from 'type-graphql';
import { z } from 'zod';
import { connectionTypes } from '../../graphql/kit/connection.js';
import { EventType } from '../../graphql/kit/event.types.js';
import { Node } from '../../graphql/kit/node.js';
import { DateTime, PhoneNumber } from '../../graphql/kit/scalars.js';
import type { StoredEvent } from '../../kernel/events.js';
import { DeviceHealthEnum, DevicePriorityLevelEnum, DeviceStatusEnum } from './device.enums.types.js';
import type { Device } from './device.entity.js';
import { statusLabel } from './device.label.js';
import { priorityLevelOf } from './device.priority.js';
import type { PriorityLevel } from './device.priority.js';
import { DEVICE_STATUSES, HEALTH_OF_STATUS } from './device.status.js';
import type { DeviceHealth, DeviceStatus } from './device.status.js';
import { NewChatQuotaType } from './sending/new-chat-quota.types.js';

@ObjectType('Device', {
  implements: Node,
  description: "A WhatsApp number's place in a subaccount: paired with a phone, it sends and receives.",
})
export class DeviceType extends Node {
  readonly #now = new Date();

  constructor(readonly device: Device) {
    super('Device', device.id, device.subaccountId);
  }

  @Field(() => String, { description: 'What people call it.' })
  get label(): string {
    return this.device.label;
  }

  @Field(() => PhoneNumber, { nullable: true, description: 'The number that is linked, or was linked last.' })
  get phoneNumber(): string | null {
    return this.device.phoneNumber ?? null;
  }

  @Field(() => DeviceStatusEnum, { description: 'How it is.' })
  get status(): DeviceStatus {
    return this.device.status;
  }

  @Field(() => String, { description: 'How it is and what to do, in plain words.' })
  get statusLabel(): string {
    return statusLabel(this.device, this.#now);
  }

  @Field(() => DateTime, { description: 'Since when it is so.' })
  get statusChangedAt(): Date {
    return this.device.statusChangedAt;
  }

  @Field(() => DeviceHealthEnum, { description: 'Whether it works or needs somebody.' })
  get health(): DeviceHealth {
    return HEALTH_OF_STATUS[this.device.status];
  }

  @Field(() => DevicePriorityLevelEnum, { description: 'Its priority in words.' })
  get priorityLevel(): PriorityLevel {
    return priorityLevelOf(this.device.priority);
  }

  @Field(() => Int, {
    description: 'Of the devices that can take a message that names none, the highest goes first.',
  })
  get priority(): number {
    return this.device.priority;
  }

  @Field(() => Boolean, {
    nullable: true,
    description: 'Whether the number is a WhatsApp Business account; null before the first pairing.',
  })
  get business(): boolean | null {
    return this.device.business ?? null;
  }

  @Field(() => String, { nullable: true, description: 'The name that the number shows in WhatsApp.' })
  get profileName(): string | null {
    return this.device.profileName ?? null;
  }

  @Field(() => String, { nullable: true, description: 'Why it is suspended, as its people wrote.' })
  get suspendReason(): string | null {
    return this.device.suspendReason ?? null;
  }

  @Field(() => DateTime, { nullable: true, description: 'When the number was linked.' })
  get pairedAt(): Date | null {
    return this.device.pairedAt ?? null;
  }

  @Field(() => DateTime, { nullable: true, description: 'When it last logged in to WhatsApp.' })
  get lastConnectedAt(): Date | null {
    return this.device.lastConnectedAt ?? null;
  }

  @Field(() => DateTime, { nullable: true, description: 'When it last lost its connection.' })
  get lastDisconnectedAt(): Date | null {
    return this.device.lastCloseAt ?? null;
  }

  @Field(() => String, { nullable: true, description: 'Why, such as CONNECTION_LOST or REPLACED.' })
  get lastDisconnectReason(): string | null {
    return this.device.lastCloseReason ?? null;
  }

  @Field(() => DateTime, { nullable: true, description: 'When it tries to connect again.' })
  get nextConnectAt(): Date | null {
    return this.device.connection === 'BACKOFF' ? (this.device.wakeAt ?? null) : null;
  }

  @Field(() => DateTime, { nullable: true, description: 'Until when WhatsApp limits its new chats.' })
  get newChatsLimitedUntil(): Date | null {
    return this.device.newChatsLimitedUntil(this.#now);
  }

  @Field(() => NewChatQuotaType, {
    nullable: true,
    description:
      'How many new chats WhatsApp lets the number begin, as it last told; null when it never did.',
  })
  get newChatQuota(): NewChatQuotaType | null {
    const { newChatQuota } = this.device;
    return newChatQuota == null ? null : new NewChatQuotaType(newChatQuota);
  }

  @Field(() => Boolean, {
    description:
      "Whether people see that their messages were read when a conversation is marked as read here, as far as the number's own privacy shows it. What is marked while it is not connected is shown later.",
  })
  get sendReadReceipts(): boolean {
    return this.device.sendReadReceipts;
  }

  @Field(() => DateTime, { description: 'When it was created.' })
  get createdAt(): Date {
    return this.device.createdAt;
  }
}

export const { connection: DeviceConnection } = connectionTypes('Device', DeviceType);

/** The payload of `device.status_changed`. */
const statusChange = z.object({
  deviceId: z.uuid(),
  previous: z.enum(DEVICE_STATUSES),
  status: z.enum(DEVICE_STATUSES),
});

@ObjectType('DeviceStatusChanged', { implements: EventType, description: 'A device has another status.' })
export class DeviceStatusChangedType extends EventType {
  readonly deviceId: string;

  @Field(() => DeviceStatusEnum, { description: 'How it was before.' })
  readonly previous: DeviceStatus;

  @Field(() => DeviceStatusEnum, { description: 'How it is from then on.' })
  readonly status: DeviceStatus;

  constructor(event: StoredEvent) {
    super(event);
    const { deviceId, previous, status } = statusChange.parse(event.payload);
    this.deviceId = deviceId;
    this.previous = previous;
    this.status = status;
  }
}

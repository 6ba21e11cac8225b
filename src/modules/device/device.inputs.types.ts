import 'reflect-metadata';
import { ArgsType, Field, ID, InputType, Int, ObjectType } from 'type-graphql';
import { ConnectionArgs } from '../../graphql/kit/connection.js';
import { EventCursor, PhoneNumber } from '../../graphql/kit/scalars.js';
import type { EventCursor as Cursor } from '../../kernel/events.js';
import type { Device } from './device.entity.js';
import { DevicePriorityLevelEnum, DeviceStatusEnum } from './device.enums.types.js';
import type { PriorityLevel } from './device.priority.js';
import type { DeviceStatus } from './device.status.js';
import { DeviceType } from './device.types.js';
import { SendPolicyInput } from './sending/send-policy.types.js';

@InputType('CreateDeviceInput', { description: 'A new device.' })
export class CreateDeviceInput {
  @Field(() => ID, { description: 'The subaccount that it belongs to.' })
  subaccountId!: string;

  @Field(() => String, { description: 'What to call it: 1 to 200 characters.' })
  label!: string;

  @Field(() => ID, { nullable: true, description: "Its package; left out: the agency's default." })
  packageId?: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      'Unique within the subaccount for 24 hours: the same call again returns the same device and token.',
  })
  idempotencyKey?: string | null;
}

@ObjectType('CreateDevicePayload', { description: 'What createDevice answers.' })
export class CreateDevicePayload {
  @Field(() => DeviceType, { description: 'The device.' })
  readonly device: DeviceType;

  @Field(() => String, { description: 'What its client authenticates with. It is shown this once.' })
  readonly token: string;

  constructor({ device, token }: { device: Device; token: string }) {
    this.device = new DeviceType(device);
    this.token = token;
  }
}

@InputType('UpdateDeviceInput', { description: 'What to change of a device; what is left out stays.' })
export class UpdateDeviceInput {
  @Field(() => ID, { description: 'The device.' })
  deviceId!: string;

  @Field(() => String, { nullable: true, description: 'What to call it: 1 to 200 characters.' })
  label?: string | null;

  @Field(() => Int, {
    nullable: true,
    description: 'Its place among the devices of its subaccount: 0 to 1000, the highest goes first.',
  })
  priority?: number | null;

  @Field(() => DevicePriorityLevelEnum, {
    nullable: true,
    description: 'The same in words: LOW is 0, MEDIUM 500, HIGH 1000. Only one of both.',
  })
  priorityLevel?: PriorityLevel | null;

  @Field(() => ID, { nullable: true, description: 'Its package.' })
  packageId?: string | null;

  @Field(() => SendPolicyInput, { nullable: true, description: 'How it protects its number while sending.' })
  sendPolicy?: SendPolicyInput | null;

  @Field(() => Boolean, {
    nullable: true,
    description: 'Whether people see that their messages were read when a conversation is marked as read.',
  })
  sendReadReceipts?: boolean | null;
}

@ObjectType('UpdateDevicePayload', { description: 'What updateDevice answers.' })
export class UpdateDevicePayload {
  @Field(() => DeviceType, { description: 'The device as it is now.' })
  readonly device: DeviceType;

  constructor(device: Device) {
    this.device = new DeviceType(device);
  }
}

@InputType('RegenerateDeviceTokenInput', { description: 'Which device needs a new token.' })
export class RegenerateDeviceTokenInput {
  @Field(() => ID, { description: 'The device.' })
  deviceId!: string;

  @Field(() => Int, {
    nullable: true,
    defaultValue: 0,
    description: 'How many seconds the old token still works: 0 to 86400.',
  })
  graceSeconds?: number | null;
}

@ObjectType('RegenerateDeviceTokenPayload', { description: 'What regenerateDeviceToken answers.' })
export class RegenerateDeviceTokenPayload {
  @Field(() => DeviceType, { description: 'The device.' })
  readonly device: DeviceType;

  @Field(() => String, { description: 'The new token. It is shown this once.' })
  readonly token: string;

  constructor({ device, token }: { device: Device; token: string }) {
    this.device = new DeviceType(device);
    this.token = token;
  }
}

@InputType('DeviceInput', { description: 'Which device.' })
export class DeviceInput {
  @Field(() => ID, { description: 'The device.' })
  deviceId!: string;
}

@InputType('SuspendDeviceInput', { description: 'Which device to suspend.' })
export class SuspendDeviceInput {
  @Field(() => ID, { description: 'The device.' })
  deviceId!: string;

  @Field(() => String, { nullable: true, description: 'Why, for its people: 1 to 500 characters.' })
  reason?: string | null;
}

@ObjectType('DevicePayload', { description: 'What a mutation of a device answers.' })
export class DevicePayload {
  @Field(() => DeviceType, { description: 'The device as it is now.' })
  readonly device: DeviceType;

  constructor(device: Device) {
    this.device = new DeviceType(device);
  }
}

@InputType('DeviceFilter', { description: 'Which devices.' })
export class DeviceFilterInput {
  @Field(() => [DeviceStatusEnum], { nullable: true, description: 'Its status is one of these.' })
  status?: DeviceStatus[] | null;

  @Field(() => PhoneNumber, { nullable: true, description: 'This number is linked, or was linked last.' })
  phoneNumber?: string | null;

  @Field(() => String, { nullable: true, description: 'The label contains this text, in any case.' })
  label?: string | null;
}

@ArgsType()
export class DeviceConnectionArgs extends ConnectionArgs {
  @Field(() => DeviceFilterInput, { nullable: true, description: 'Which devices.' })
  filter?: DeviceFilterInput | null;
}

@ArgsType()
export class DeviceStatusArgs {
  @Field(() => ID, { description: 'The subaccount.' })
  subaccountId!: string;

  @Field(() => ID, { nullable: true, description: 'Only this device.' })
  deviceId?: string | null;

  @Field(() => EventCursor, {
    nullable: true,
    description: 'Go on behind this event; left out: from now on.',
  })
  after?: Cursor | null;
}

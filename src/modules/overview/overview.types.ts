import 'reflect-metadata';
import { ArgsType, Field, Int, ObjectType } from 'type-graphql';
import type { Placed } from '../../graphql/kit/placed.js';
import { DeviceStatusEnum, DeviceType } from '../device/index.js';
import type { DeviceStatus } from '../device/index.js';
import type { Overview, Volume } from './overview.js';

const DEFAULT_DAYS = 30;

@ObjectType('DeviceStatusCount', { description: 'How many devices are so.' })
export class DeviceStatusCountType {
  @Field(() => DeviceStatusEnum, { description: 'The status.' })
  readonly status: DeviceStatus;

  @Field(() => Int, { description: 'How many devices have it.' })
  readonly count: number;

  constructor(status: DeviceStatus, count: number) {
    this.status = status;
    this.count = count;
  }
}

@ObjectType('MessageVolume', { description: 'Messages sent from here in some days, by how far they came.' })
export class MessageVolumeType {
  constructor(readonly volume: Volume) {}

  @Field(() => Int, { description: 'Accepted for sending.' })
  get accepted(): number {
    return this.volume.accepted;
  }

  @Field(() => Int, { description: 'Taken by WhatsApp.' })
  get sent(): number {
    return this.volume.sent;
  }

  @Field(() => Int, { description: 'Delivered to the phone.' })
  get delivered(): number {
    return this.volume.delivered;
  }

  @Field(() => Int, { description: 'Read.' })
  get read(): number {
    return this.volume.read;
  }

  @Field(() => Int, { description: 'Failed.' })
  get failed(): number {
    return this.volume.failed;
  }
}

@ObjectType('QuotaLeft', { description: 'What devices may still send, all together.' })
export class QuotaLeftType {
  constructor(readonly left: Overview['quotaLeft']) {}

  @Field(() => Int, { description: 'Of monthly allowances, until they begin anew.' })
  get free(): number {
    return this.left.free;
  }

  @Field(() => Int, { description: 'Of vouchers.' })
  get pro(): number {
    return this.left.pro;
  }

  @Field(() => Int, { description: 'How many devices have no limit.' })
  get unlimitedDevices(): number {
    return this.left.unlimitedDevices;
  }
}

/** What an overview is of; `subaccountId` null: of all subaccounts that the caller sees. */
interface Extent {
  readonly agencyId: string;
  readonly subaccountId: string | null;
  readonly days: number;
}

@ObjectType('Overview', { description: 'How some devices are, at a glance.' })
export class OverviewType implements Placed {
  constructor(
    readonly overview: Overview,
    readonly extent: Extent,
  ) {}

  get placeId(): string | null {
    return this.extent.subaccountId;
  }

  @Field(() => Int, { description: 'How many devices there are.' })
  get deviceCount(): number {
    return this.overview.deviceCount;
  }

  @Field(() => [DeviceStatusCountType], {
    description: 'How many devices have each status; others have none.',
  })
  get devicesByStatus(): DeviceStatusCountType[] {
    return [...this.overview.devicesByStatus].map(
      ([status, count]) => new DeviceStatusCountType(status, count),
    );
  }

  @Field(() => [DeviceType], {
    description: 'Devices that a person should look at; their `attention` says why.',
  })
  get attention(): DeviceType[] {
    return this.overview.attention.map((device) => new DeviceType(device));
  }

  @Field(() => MessageVolumeType, { description: 'Messages of the days asked for. Some seconds behind.' })
  get volume(): MessageVolumeType {
    return new MessageVolumeType(this.overview.volume);
  }

  @Field(() => QuotaLeftType, { description: 'What they may still send.' })
  get quotaLeft(): QuotaLeftType {
    return new QuotaLeftType(this.overview.quotaLeft);
  }
}

@ArgsType()
export class OverviewArgs {
  @Field(() => Int, {
    nullable: true,
    defaultValue: DEFAULT_DAYS,
    description: 'Of how many days the volume is, today included: 1 to 366.',
  })
  days?: number | null;

  get dayCount(): number {
    return this.days ?? DEFAULT_DAYS;
  }
}

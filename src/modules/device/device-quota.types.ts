import 'reflect-metadata';
import { Field, ID, InputType, ObjectType } from 'type-graphql';
import { VoucherQuotaType } from '../billing/index.js';
import type { QuotaGrant } from '../billing/index.js';
import type { Device } from './device.entity.js';
import { DeviceType } from './device.types.js';

@InputType('RedeemVoucherInput', { description: 'A code for a device.' })
export class RedeemVoucherInput {
  @Field(() => ID, { description: 'The device that gets the messages.' })
  deviceId!: string;

  @Field(() => String, { description: 'The code, with or without dashes, in capitals or not.' })
  code!: string;
}

@ObjectType('RedeemVoucherPayload', { description: 'What redeemVoucher answers.' })
export class RedeemVoucherPayload {
  @Field(() => DeviceType, { description: 'The device.' })
  readonly device: DeviceType;

  @Field(() => VoucherQuotaType, { description: 'What it got.' })
  readonly voucher: VoucherQuotaType;

  constructor({ device, grant }: { readonly device: Device; readonly grant: QuotaGrant }) {
    this.device = new DeviceType(device);
    this.voucher = new VoucherQuotaType(grant);
  }
}

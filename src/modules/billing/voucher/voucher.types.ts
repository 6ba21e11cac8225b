import 'reflect-metadata';
import { Field, ID, InputType, Int, ObjectType } from 'type-graphql';
import { connectionTypes } from '../../../graphql/kit/connection.js';
import { Node } from '../../../graphql/kit/node.js';
import { DateTime } from '../../../graphql/kit/scalars.js';
import type { Voucher } from './voucher.entity.js';

@ObjectType('Voucher', {
  implements: Node,
  description: 'A code that gives devices messages. The agency sells it, so it can be read again.',
})
export class VoucherType extends Node {
  constructor(readonly voucher: Voucher) {
    super('Voucher', voucher.id, null);
  }

  @Field(() => String, { description: 'What is redeemed, such as 7K2M-9QX4-PB3D-W8HT.' })
  get code(): string {
    return this.voucher.code;
  }

  @Field(() => Int, { description: 'How many messages each use gives.' })
  get amount(): number {
    return this.voucher.amount;
  }

  @Field(() => Int, { description: 'How many days they hold, from the redemption on.' })
  get validityDays(): number {
    return this.voucher.validityDays;
  }

  @Field(() => Int, { description: 'How many devices may redeem it, each once.' })
  get maxUses(): number {
    return this.voucher.maxUses;
  }

  @Field(() => Int, { description: 'How many have.' })
  get useCount(): number {
    return this.voucher.useCount;
  }

  @Field(() => DateTime, { nullable: true, description: 'Until when it can be redeemed; null: at any time.' })
  get redeemBy(): Date | null {
    return this.voucher.redeemBy ?? null;
  }

  @Field(() => String, { nullable: true, description: 'What the agency noted, such as the buyer.' })
  get note(): string | null {
    return this.voucher.note ?? null;
  }

  @Field(() => DateTime, { description: 'When it was created.' })
  get createdAt(): Date {
    return this.voucher.createdAt;
  }

  @Field(() => DateTime, { nullable: true, description: 'Since when nobody can redeem it.' })
  get revokedAt(): Date | null {
    return this.voucher.revokedAt ?? null;
  }
}

export const { connection: VoucherConnection } = connectionTypes('Voucher', VoucherType);

@InputType('CreateVouchersInput', { description: 'Vouchers of one kind.' })
export class CreateVouchersInput {
  @Field(() => Int, { defaultValue: 1, description: 'How many codes: 1 to 100.' })
  count!: number;

  @Field(() => Int, { description: 'How many messages each use gives.' })
  amount!: number;

  @Field(() => Int, { description: 'How many days they hold, from the redemption on: 1 to 3660.' })
  validityDays!: number;

  @Field(() => Int, { defaultValue: 1, description: 'How many devices may redeem each code.' })
  maxUses!: number;

  @Field(() => DateTime, { nullable: true, description: 'Until when they can be redeemed.' })
  redeemBy?: Date | null;

  @Field(() => String, { nullable: true, description: 'A note for the agency: 1 to 200 characters.' })
  note?: string | null;
}

@ObjectType('CreateVouchersPayload', { description: 'What createVouchers answers.' })
export class CreateVouchersPayload {
  @Field(() => [VoucherType], { description: 'The vouchers.' })
  readonly vouchers: VoucherType[];

  constructor(vouchers: readonly Voucher[]) {
    this.vouchers = vouchers.map((voucher) => new VoucherType(voucher));
  }
}

@InputType('RevokeVoucherInput', { description: 'Names a voucher.' })
export class RevokeVoucherInput {
  @Field(() => ID, { description: 'The voucher.' })
  voucherId!: string;
}

@ObjectType('VoucherPayload', { description: 'The voucher as it is now.' })
export class VoucherPayload {
  @Field(() => VoucherType, { description: 'The voucher.' })
  readonly voucher: VoucherType;

  constructor(voucher: Voucher) {
    this.voucher = new VoucherType(voucher);
  }
}

import 'reflect-metadata';
import { Field, Int, ObjectType, registerEnumType } from 'type-graphql';
import { DateTime } from '../../../graphql/kit/scalars.js';
import type { QuotaGrant } from './quota-grant.entity.js';
import type { ChargedPool } from './quota-pool.js';
import type { DeviceQuota, ProQuota } from './quota.reader.js';

export const ChargedPoolEnum: Readonly<Record<ChargedPool, ChargedPool>> = {
  FREE: 'FREE',
  PRO: 'PRO',
  UNLIMITED: 'UNLIMITED',
};
registerEnumType(ChargedPoolEnum, {
  name: 'QuotaPool',
  description: 'What a message is taken from.',
  valuesConfig: {
    FREE: { description: "The month's allowance of the package." },
    PRO: { description: 'What vouchers gave.' },
    UNLIMITED: { description: 'The package counts nothing.' },
  },
});

@ObjectType('FreeQuota', { description: 'What the package allows a calendar month.' })
export class FreeQuotaType {
  @Field(() => Int, { nullable: true, description: 'How many messages; null: as many as wanted.' })
  readonly monthlyLimit: number | null;

  @Field(() => Int, { description: 'How many of them are taken.' })
  readonly used: number;

  @Field(() => Int, { nullable: true, description: 'How many are left; null: as many as wanted.' })
  readonly remaining: number | null;

  @Field(() => DateTime, {
    nullable: true,
    description: "When the next month begins, in the subaccount's time zone.",
  })
  readonly resetsAt: Date | null;

  constructor({ monthlyLimit, used, remaining, resetsAt }: DeviceQuota['free']) {
    this.monthlyLimit = monthlyLimit;
    this.used = used;
    this.remaining = remaining;
    this.resetsAt = resetsAt;
  }
}

@ObjectType('VoucherQuota', { description: 'What one voucher gave.' })
export class VoucherQuotaType {
  @Field(() => Int, { description: 'How many messages.' })
  readonly total: number;

  @Field(() => Int, { description: 'How many of them are taken.' })
  readonly used: number;

  @Field(() => Int, { description: 'How many are left.' })
  readonly remaining: number;

  @Field(() => DateTime, { nullable: true, description: 'What is left then lapses.' })
  readonly expiresAt: Date | null;

  constructor({ amount, used, remaining, expiresAt }: QuotaGrant) {
    this.total = amount;
    this.used = used;
    this.remaining = remaining;
    this.expiresAt = expiresAt ?? null;
  }
}

@ObjectType('ProQuota', {
  description: 'What vouchers gave and still holds. It is taken before the FREE messages.',
})
export class ProQuotaType {
  @Field(() => Int, { description: 'How many messages.' })
  readonly total: number;

  @Field(() => Int, { description: 'How many of them are taken.' })
  readonly used: number;

  @Field(() => Int, { description: 'How many are left.' })
  readonly remaining: number;

  @Field(() => DateTime, {
    nullable: true,
    description: 'When the voucher that is taken from now lapses; null: there is none.',
  })
  readonly expiresAt: Date | null;

  @Field(() => [VoucherQuotaType], { description: 'Each voucher, in the order in which they are taken.' })
  readonly vouchers: VoucherQuotaType[];

  constructor({ total, used, remaining, expiresAt, grants }: ProQuota) {
    this.total = total;
    this.used = used;
    this.remaining = remaining;
    this.expiresAt = expiresAt;
    this.vouchers = grants.map((grant) => new VoucherQuotaType(grant));
  }
}

@ObjectType('DeviceQuota', { description: 'What a device may still send.' })
export class DeviceQuotaType {
  @Field(() => FreeQuotaType, { description: 'The allowance of its package.' })
  readonly free: FreeQuotaType;

  @Field(() => ProQuotaType, { description: 'What its vouchers gave.' })
  readonly pro: ProQuotaType;

  constructor({ free, pro }: DeviceQuota) {
    this.free = new FreeQuotaType(free);
    this.pro = new ProQuotaType(pro);
  }
}

/** What a message was charged with. */
export interface MessageQuota {
  readonly pool: ChargedPool;
  readonly remaining: number | null;
}

@ObjectType('MessageQuota', { description: 'What a message was taken from.' })
export class MessageQuotaType {
  @Field(() => ChargedPoolEnum, { description: 'The pool.' })
  readonly pool: ChargedPool;

  @Field(() => Int, { nullable: true, description: 'What was left there after it; null: not counted.' })
  readonly remaining: number | null;

  constructor({ pool, remaining }: MessageQuota) {
    this.pool = pool;
    this.remaining = remaining;
  }
}

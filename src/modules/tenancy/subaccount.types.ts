import 'reflect-metadata';
import { ArgsType, Field, ID, InputType, ObjectType, registerEnumType } from 'type-graphql';
import { ConnectionArgs, connectionTypes } from '../../graphql/kit/connection.js';
import { Node } from '../../graphql/kit/node.js';
import { DateTime } from '../../graphql/kit/scalars.js';
import type { Subaccount } from './subaccount.entity.js';
import type { SubaccountFilter } from './subaccount.queries.js';

const STATUS_DESCRIPTIONS = {
  ACTIVE: 'Its devices work.',
  SUSPENDED: 'Its devices are disconnected and keep their links; nothing is sent, everything can be read.',
} as const;
type SubaccountStatus = keyof typeof STATUS_DESCRIPTIONS;

const SubaccountStatusEnum: { readonly [S in SubaccountStatus]: S } = {
  ACTIVE: 'ACTIVE',
  SUSPENDED: 'SUSPENDED',
};
registerEnumType(SubaccountStatusEnum, {
  name: 'SubaccountStatus',
  description: 'Whether the devices of a subaccount may work.',
  valuesConfig: Object.fromEntries(
    Object.entries(STATUS_DESCRIPTIONS).map(([status, description]) => [status, { description }]),
  ),
});

@ObjectType('Subaccount', {
  implements: Node,
  description: 'One client of an agency, with devices, contacts and conversations of its own.',
})
export class SubaccountType extends Node {
  constructor(readonly subaccount: Subaccount) {
    super('Subaccount', subaccount.id, subaccount.id);
  }

  @Field(() => String, { description: 'What it is called.' })
  get name(): string {
    return this.subaccount.name;
  }

  @Field(() => String, { description: 'Its IANA time zone, such as Asia/Jakarta.' })
  get timezone(): string {
    return this.subaccount.timezone;
  }

  @Field(() => Boolean, {
    description: 'Whether only WhatsApp Business accounts may be paired with its devices.',
  })
  get requireBusinessAccount(): boolean {
    return this.subaccount.requireBusinessAccount;
  }

  @Field(() => SubaccountStatusEnum, { description: 'Whether its devices may work.' })
  get status(): SubaccountStatus {
    return this.subaccount.isSuspended ? 'SUSPENDED' : 'ACTIVE';
  }

  @Field(() => DateTime, { nullable: true, description: 'Since when it is suspended.' })
  get suspendedAt(): Date | null {
    return this.subaccount.suspendedAt ?? null;
  }

  @Field(() => String, { nullable: true, description: 'Why it is suspended, as its agency wrote.' })
  get suspendReason(): string | null {
    return this.subaccount.suspendReason ?? null;
  }

  @Field(() => DateTime, { description: 'When it was created.' })
  get createdAt(): Date {
    return this.subaccount.createdAt;
  }
}

@InputType('CreateSubaccountInput', { description: 'A new client of an agency.' })
export class CreateSubaccountInput {
  @Field(() => ID, { description: 'The agency.' })
  agencyId!: string;

  @Field(() => String, { description: 'What to call it: 1 to 200 characters.' })
  name!: string;

  @Field(() => ID, { nullable: true, description: "Its plan; left out: the agency's default." })
  planId?: string | null;

  @Field(() => String, {
    nullable: true,
    defaultValue: 'UTC',
    description: 'An IANA time zone, such as Asia/Jakarta.',
  })
  timezone?: string | null;

  @Field(() => Boolean, {
    nullable: true,
    defaultValue: false,
    description: 'Whether only WhatsApp Business accounts may be paired with its devices.',
  })
  requireBusinessAccount?: boolean | null;

  @Field(() => String, {
    nullable: true,
    description: 'Unique within the agency for 24 hours: the same call again returns the same subaccount.',
  })
  idempotencyKey?: string | null;
}

@ObjectType('CreateSubaccountPayload', { description: 'What createSubaccount answers.' })
export class CreateSubaccountPayload {
  @Field(() => SubaccountType, { description: 'The subaccount.' })
  readonly subaccount: SubaccountType;

  constructor(subaccount: Subaccount) {
    this.subaccount = new SubaccountType(subaccount);
  }
}

@InputType('UpdateSubaccountInput', {
  description: 'What to change of a subaccount; what is left out stays.',
})
export class UpdateSubaccountInput {
  @Field(() => ID, { description: 'The subaccount.' })
  subaccountId!: string;

  @Field(() => String, { nullable: true, description: 'What to call it: 1 to 200 characters.' })
  name?: string | null;

  @Field(() => ID, { nullable: true, description: 'The plan that says what it may have.' })
  planId?: string | null;

  @Field(() => String, { nullable: true, description: 'An IANA time zone, such as Asia/Jakarta.' })
  timezone?: string | null;

  @Field(() => Boolean, {
    nullable: true,
    description: 'Whether only WhatsApp Business accounts may be paired from now on.',
  })
  requireBusinessAccount?: boolean | null;
}

@ObjectType('UpdateSubaccountPayload', { description: 'What updateSubaccount answers.' })
export class UpdateSubaccountPayload {
  @Field(() => SubaccountType, { description: 'The subaccount as it is now.' })
  readonly subaccount: SubaccountType;

  constructor(subaccount: Subaccount) {
    this.subaccount = new SubaccountType(subaccount);
  }
}

@InputType('SubaccountFilter', { description: 'Which subaccounts.' })
export class SubaccountFilterInput {
  @Field(() => String, { nullable: true, description: 'The name contains this text, in any case.' })
  name?: string | null;

  @Field(() => SubaccountStatusEnum, { nullable: true, description: 'Whether their devices may work.' })
  status?: SubaccountStatus | null;

  toFilter(): SubaccountFilter {
    const { name, status } = this;
    return { name, isSuspended: status == null ? null : status === 'SUSPENDED' };
  }
}

@ArgsType()
export class SubaccountConnectionArgs extends ConnectionArgs {
  @Field(() => SubaccountFilterInput, { nullable: true, description: 'Which subaccounts.' })
  filter?: SubaccountFilterInput | null;
}

export const { connection: SubaccountConnection } = connectionTypes('Subaccount', SubaccountType);

import 'reflect-metadata';
import { ArgsType, Field, ID, InputType, Int, ObjectType } from 'type-graphql';
import { ConnectionArgs, connectionTypes } from '../../../graphql/kit/connection.js';
import { LocalDate } from '../../../graphql/kit/scalars.js';
import type { ChargedPool } from '../quota/quota-pool.js';
import { ChargedPoolEnum } from '../quota/quota.types.js';
import type { UsageDay } from './usage-day.entity.js';

@ObjectType('UsageDay', {
  description:
    'What became of the messages of a device on one day. Each step counts on the day on which it happened, seconds later.',
})
export class UsageDayType {
  constructor(readonly row: UsageDay) {}

  @Field(() => LocalDate, { description: "The day, in the subaccount's time zone." })
  get date(): string {
    return this.row.day;
  }

  @Field(() => ChargedPoolEnum, { description: 'What the messages were taken from.' })
  get pool(): ChargedPool {
    return this.row.pool;
  }

  @Field(() => Int, { description: 'Accepted for sending.' })
  get accepted(): number {
    return this.row.accepted;
  }

  @Field(() => Int, { description: 'Taken by WhatsApp.' })
  get sent(): number {
    return this.row.sent;
  }

  @Field(() => Int, { description: "Reached the recipient's phone." })
  get delivered(): number {
    return this.row.delivered;
  }

  @Field(() => Int, { description: 'Read.' })
  get read(): number {
    return this.row.read;
  }

  @Field(() => Int, { description: 'Ended as FAILED, also when a late receipt proved them sent.' })
  get failed(): number {
    return this.row.failed;
  }

  @Field(() => Int, { description: 'Ended as EXPIRED.' })
  get expired(): number {
    return this.row.expired;
  }

  @Field(() => Int, { description: 'Taken back.' })
  get canceled(): number {
    return this.row.canceled;
  }
}

export const { connection: UsageConnection } = connectionTypes('UsageDay', UsageDayType);

@InputType('UsageFilter', { description: 'Which days, and whose.' })
export class UsageFilterInput {
  @Field(() => LocalDate, { description: 'The first day.' })
  from!: string;

  @Field(() => LocalDate, { description: 'The last day, at most a year later.' })
  to!: string;

  @Field(() => ID, { nullable: true, description: 'Only of this device.' })
  deviceId?: string | null;
}

@ArgsType()
export class UsageArgs extends ConnectionArgs {
  @Field(() => UsageFilterInput, { description: 'Which days, and whose.' })
  filter!: UsageFilterInput;
}

@ArgsType()
export class UsageExportArgs {
  @Field(() => LocalDate, { description: 'The first day.' })
  from!: string;

  @Field(() => LocalDate, { description: 'The last day, at most a year later.' })
  to!: string;
}

import 'reflect-metadata';
import { Field, ID, InputType, ObjectType } from 'type-graphql';
import { SubaccountType } from '../../tenancy/index.js';
import type { Subaccount } from '../../tenancy/index.js';

@InputType('SuspendSubaccountInput', { description: 'Which subaccount, and why.' })
export class SuspendSubaccountInput {
  @Field(() => ID, { description: 'The subaccount.' })
  subaccountId = '';

  @Field(() => String, { nullable: true, description: 'Why, for people: at most 500 characters.' })
  reason?: string | null;
}

@InputType('ResumeSubaccountInput', { description: 'Which subaccount.' })
export class ResumeSubaccountInput {
  @Field(() => ID, { description: 'The subaccount.' })
  subaccountId = '';
}

@ObjectType('SubaccountSuspensionPayload', {
  description: 'What suspending and resuming a subaccount answer.',
})
export class SubaccountSuspensionPayload {
  @Field(() => SubaccountType, { description: 'The subaccount as it is now.' })
  readonly subaccount: SubaccountType;

  constructor(subaccount: Subaccount) {
    this.subaccount = new SubaccountType(subaccount);
  }
}

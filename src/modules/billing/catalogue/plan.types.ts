import 'reflect-metadata';
import { Field, ID, InputType, Int, ObjectType, registerEnumType } from 'type-graphql';
import { connectionTypes } from '../../../graphql/kit/connection.js';
import { Node } from '../../../graphql/kit/node.js';
import { DateTime } from '../../../graphql/kit/scalars.js';
import type { Plan } from './plan.entity.js';
import type { PlanFeature } from './plan.features.js';

const PlanFeatureEnum: Readonly<Record<PlanFeature, PlanFeature>> = {
  WEBHOOKS: 'WEBHOOKS',
  PIPELINES: 'PIPELINES',
  BULK_SENDING: 'BULK_SENDING',
};
registerEnumType(PlanFeatureEnum, {
  name: 'PlanFeature',
  description: 'What a plan can include beside devices.',
  valuesConfig: {
    WEBHOOKS: { description: 'Webhook endpoints of the subaccount.' },
    PIPELINES: { description: 'Sales pipelines.' },
    BULK_SENDING: { description: 'Many messages with one call.' },
  },
});

@ObjectType('Plan', { implements: Node, description: 'What a subaccount may have.' })
export class PlanType extends Node {
  constructor(readonly plan: Plan) {
    super('Plan', plan.id, null);
  }

  @Field(() => String, { description: 'Its short name, unique within the agency, such as REGULAR.' })
  get code(): string {
    return this.plan.code;
  }

  @Field(() => String, { description: 'What people call it.' })
  get name(): string {
    return this.plan.name;
  }

  @Field(() => Int, { nullable: true, description: 'How many devices; null: as many as wanted.' })
  get maxDevices(): number | null {
    return this.plan.maxDevices ?? null;
  }

  @Field(() => [PlanFeatureEnum], { description: 'What it includes.' })
  get features(): PlanFeature[] {
    return this.plan.features;
  }

  @Field(() => Boolean, { description: 'Whether new subaccounts get it when nothing else is said.' })
  get isDefault(): boolean {
    return this.plan.isDefault;
  }

  @Field(() => DateTime, { nullable: true, description: 'Since when nobody gets it any more.' })
  get archivedAt(): Date | null {
    return this.plan.archivedAt ?? null;
  }
}

export const { connection: PlanConnection } = connectionTypes('Plan', PlanType);

@InputType('CreatePlanInput', { description: 'A new plan.' })
export class CreatePlanInput {
  @Field(() => String, { description: 'Its short name: 1 to 40 capital letters, digits or _.' })
  code!: string;

  @Field(() => String, { description: 'What people call it: 1 to 200 characters.' })
  name!: string;

  @Field(() => Int, { nullable: true, description: 'How many devices; left out: as many as wanted.' })
  maxDevices?: number | null;

  @Field(() => [PlanFeatureEnum], { defaultValue: [], description: 'What it includes.' })
  features!: PlanFeature[];

  @Field(() => Boolean, { defaultValue: false, description: 'Whether it becomes the default.' })
  isDefault!: boolean;
}

@InputType('UpdatePlanInput', { description: 'What to change of a plan; what is left out stays.' })
export class UpdatePlanInput {
  @Field(() => ID, { description: 'The plan.' })
  planId!: string;

  @Field(() => String, { nullable: true, description: 'What people call it: 1 to 200 characters.' })
  name?: string | null;

  @Field(() => Int, { nullable: true, description: 'How many devices; null: as many as wanted.' })
  maxDevices?: number | null;

  @Field(() => [PlanFeatureEnum], { nullable: true, description: 'What it includes.' })
  features?: PlanFeature[] | null;

  @Field(() => Boolean, { nullable: true, description: 'True makes it the default.' })
  isDefault?: boolean | null;
}

@InputType('ArchivePlanInput', { description: 'Names a plan.' })
export class ArchivePlanInput {
  @Field(() => ID, { description: 'The plan.' })
  planId!: string;
}

@ObjectType('PlanPayload', { description: 'The plan as it is now.' })
export class PlanPayload {
  @Field(() => PlanType, { description: 'The plan.' })
  readonly plan: PlanType;

  constructor(plan: Plan) {
    this.plan = new PlanType(plan);
  }
}

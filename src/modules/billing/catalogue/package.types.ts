import 'reflect-metadata';
import { Field, ID, InputType, Int, ObjectType } from 'type-graphql';
import { connectionTypes } from '../../../graphql/kit/connection.js';
import { Node } from '../../../graphql/kit/node.js';
import { DateTime } from '../../../graphql/kit/scalars.js';
import type { Package } from './package.entity.js';

const ABOUT = {
  allowance: 'How many messages a calendar month',
  webhooks: 'Whether its devices tell webhooks.',
  priority: 'Whether its messages leave before those of packages without.',
  brandLine: 'Whether its messages carry the brand line.',
  selfService: 'Whether a subaccount may choose it without its agency.',
} as const;

@ObjectType('Package', { implements: Node, description: 'What a device may do.' })
export class PackageType extends Node {
  constructor(readonly row: Package) {
    super('Package', row.id, null);
  }

  @Field(() => Int, { description: 'Its number within the agency.' })
  get number(): number {
    return this.row.number;
  }

  @Field(() => String, { description: 'Its short name, unique within the agency, such as FREE.' })
  get code(): string {
    return this.row.code;
  }

  @Field(() => String, { description: 'What people call it.' })
  get name(): string {
    return this.row.name;
  }

  @Field(() => Int, { nullable: true, description: `${ABOUT.allowance}; null: as many as wanted.` })
  get monthlyAllowance(): number | null {
    return this.row.monthlyAllowance ?? null;
  }

  @Field(() => Boolean, { description: ABOUT.webhooks })
  get webhooks(): boolean {
    return this.row.webhooks;
  }

  @Field(() => Boolean, { description: ABOUT.priority })
  get priority(): boolean {
    return this.row.priority;
  }

  @Field(() => Boolean, { description: ABOUT.brandLine })
  get brandLine(): boolean {
    return this.row.brandLine;
  }

  @Field(() => Boolean, { description: ABOUT.selfService })
  get selfService(): boolean {
    return this.row.selfService;
  }

  @Field(() => Boolean, { description: 'Whether new devices get it when nothing else is said.' })
  get isDefault(): boolean {
    return this.row.isDefault;
  }

  @Field(() => DateTime, { nullable: true, description: 'Since when no device gets it any more.' })
  get archivedAt(): Date | null {
    return this.row.archivedAt ?? null;
  }
}

export const { connection: PackageConnection } = connectionTypes('Package', PackageType);

@InputType('CreatePackageInput', { description: 'A new package.' })
export class CreatePackageInput {
  @Field(() => String, { description: 'Its short name: 1 to 40 capital letters, digits or _.' })
  code!: string;

  @Field(() => String, { description: 'What people call it: 1 to 200 characters.' })
  name!: string;

  @Field(() => Int, { nullable: true, description: `${ABOUT.allowance}; left out: as many as wanted.` })
  monthlyAllowance?: number | null;

  @Field(() => Boolean, { defaultValue: true, description: ABOUT.webhooks })
  webhooks!: boolean;

  @Field(() => Boolean, { defaultValue: true, description: ABOUT.priority })
  priority!: boolean;

  @Field(() => Boolean, { defaultValue: false, description: ABOUT.brandLine })
  brandLine!: boolean;

  @Field(() => Boolean, { defaultValue: false, description: ABOUT.selfService })
  selfService!: boolean;

  @Field(() => Boolean, { defaultValue: false, description: 'Whether it becomes the default.' })
  isDefault!: boolean;
}

@InputType('UpdatePackageInput', { description: 'What to change of a package; what is left out stays.' })
export class UpdatePackageInput {
  @Field(() => ID, { description: 'The package.' })
  packageId!: string;

  @Field(() => String, { nullable: true, description: 'What people call it: 1 to 200 characters.' })
  name?: string | null;

  @Field(() => Int, { nullable: true, description: `${ABOUT.allowance}; null: as many as wanted.` })
  monthlyAllowance?: number | null;

  @Field(() => Boolean, { nullable: true, description: ABOUT.webhooks })
  webhooks?: boolean | null;

  @Field(() => Boolean, { nullable: true, description: ABOUT.priority })
  priority?: boolean | null;

  @Field(() => Boolean, { nullable: true, description: ABOUT.brandLine })
  brandLine?: boolean | null;

  @Field(() => Boolean, { nullable: true, description: ABOUT.selfService })
  selfService?: boolean | null;

  @Field(() => Boolean, { nullable: true, description: 'True makes it the default.' })
  isDefault?: boolean | null;
}

@InputType('ArchivePackageInput', { description: 'Names a package.' })
export class ArchivePackageInput {
  @Field(() => ID, { description: 'The package.' })
  packageId!: string;
}

@ObjectType('PackagePayload', { description: 'The package as it is now.' })
export class PackagePayload {
  @Field(() => PackageType, { description: 'The package.' })
  readonly package: PackageType;

  constructor(made: Package) {
    this.package = new PackageType(made);
  }
}

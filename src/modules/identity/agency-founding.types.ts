import 'reflect-metadata';
import { Field, InputType, ObjectType } from 'type-graphql';
import { AgencyType } from '../tenancy/index.js';
import type { FoundedAgency } from './agency-founding.service.js';
import { UserType } from './user.types.js';

@InputType('CreateAgencyInput', { description: 'A new agency and its owner.' })
export class CreateAgencyInput {
  @Field(() => String, { description: 'What to call it: 1 to 200 characters.' })
  name!: string;

  @Field(() => String, { description: 'The e-mail address of its owner.' })
  ownerEmail!: string;

  @Field(() => String, { description: 'The password of its owner: 12 to 1024 characters.' })
  ownerPassword!: string;

  @Field(() => String, {
    nullable: true,
    description: 'Unique within the installation for ever: the same call again returns the same agency.',
  })
  idempotencyKey?: string | null;
}

@ObjectType('CreateAgencyPayload', { description: 'What createAgency answers.' })
export class CreateAgencyPayload {
  @Field(() => AgencyType, { description: 'The agency.' })
  readonly agency: AgencyType;

  @Field(() => UserType, { description: 'Its owner.' })
  readonly owner: UserType;

  constructor(founded: FoundedAgency) {
    this.agency = new AgencyType(founded.agency);
    this.owner = new UserType(founded.owner);
  }
}

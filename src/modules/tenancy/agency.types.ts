import 'reflect-metadata';
import { Field, ObjectType } from 'type-graphql';
import { Node } from '../../graphql/kit/node.js';
import { DateTime } from '../../graphql/kit/scalars.js';
import type { Agency } from './agency.entity.js';

@ObjectType('Agency', {
  implements: Node,
  description: 'A business that runs WhatsApp numbers for its clients, which are its subaccounts.',
})
export class AgencyType extends Node {
  constructor(readonly agency: Agency) {
    super('Agency', agency.id, null);
  }

  @Field(() => String, { description: 'What it is called.' })
  get name(): string {
    return this.agency.name;
  }

  @Field(() => DateTime, { description: 'When it was created.' })
  get createdAt(): Date {
    return this.agency.createdAt;
  }
}

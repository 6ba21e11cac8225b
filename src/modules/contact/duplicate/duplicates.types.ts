import 'reflect-metadata';
import { ArgsType, Field, Int, ObjectType } from 'type-graphql';
import { ConnectionArgs, connectionTypes } from '../../../graphql/kit/connection.js';
import type { Duplicates } from './duplicates.queries.js';

@ObjectType('ContactDuplicates', { description: 'Contacts that may be one person.' })
export class ContactDuplicatesType {
  constructor(readonly duplicates: Duplicates) {}

  @Field(() => String, { description: 'What they have in common; names in lower case.' })
  get value(): string {
    return this.duplicates.value;
  }

  @Field(() => Int, { description: 'How many they are.' })
  get count(): number {
    return this.duplicates.count;
  }
}

@ArgsType()
export class ContactDuplicatesArgs extends ConnectionArgs {
  @Field(() => String, {
    nullable: true,
    description: 'The key of the contact field in which they are alike; left out: in their name.',
  })
  fieldKey?: string | null;
}

export const { connection: ContactDuplicatesConnection } = connectionTypes(
  'ContactDuplicates',
  ContactDuplicatesType,
);

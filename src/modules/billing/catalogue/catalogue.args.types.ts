import 'reflect-metadata';
import { ArgsType, Field } from 'type-graphql';
import { ConnectionArgs } from '../../../graphql/kit/connection.js';

@ArgsType()
export class CatalogueArgs extends ConnectionArgs {
  @Field(() => Boolean, { defaultValue: false, description: 'Whether archived ones are listed as well.' })
  archived!: boolean;
}

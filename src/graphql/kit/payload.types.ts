import 'reflect-metadata';
import { Field, ID, ObjectType } from 'type-graphql';

@ObjectType('DeletePayload', { description: 'What a deletion answers.' })
export class DeletePayloadType {
  @Field(() => ID, { description: 'The id of what is gone.' })
  readonly deletedId: string;

  constructor(deletedId: string) {
    this.deletedId = deletedId;
  }
}

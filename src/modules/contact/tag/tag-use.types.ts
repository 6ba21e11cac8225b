import 'reflect-metadata';
import { Field, Int, ObjectType } from 'type-graphql';
import { connectionTypes } from '../../../graphql/kit/connection.js';
import type { TagUse } from './tag-use.queries.js';

@ObjectType('ContactTag', { description: 'A tag that contacts of a subaccount have.' })
export class ContactTagType {
  @Field(() => String, { description: 'The tag.' })
  readonly tag: string;

  @Field(() => Int, { description: 'How many contacts have it.' })
  readonly count: number;

  constructor({ tag, count }: TagUse) {
    this.tag = tag;
    this.count = count;
  }
}

export const { connection: ContactTagConnection } = connectionTypes('ContactTag', ContactTagType);

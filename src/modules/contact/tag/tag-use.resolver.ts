import 'reflect-metadata';
import { Args, Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import { Access } from '../../../graphql/kit/access.js';
import { ConnectionArgs, toConnection } from '../../../graphql/kit/connection.js';
import type { Connection } from '../../../graphql/kit/connection.js';
import type { GraphqlContext } from '../../../graphql/kit/graphql-context.js';
import { SubaccountType } from '../../tenancy/index.js';
import type { ContactReader } from '../contact.reader.js';
import { ContactTagConnection, ContactTagType } from './tag-use.types.js';

@Resolver(() => SubaccountType)
export class SubaccountTagsResolver {
  readonly #reader: ContactReader;

  constructor(reader: ContactReader) {
    this.#reader = reader;
  }

  @Access('contact:read')
  @FieldResolver(() => ContactTagConnection, {
    description: 'The tags that its contacts have, in the order of the alphabet.',
  })
  async contactTags(
    @Root() { subaccount }: SubaccountType,
    @Args(() => ConnectionArgs) args: ConnectionArgs,
    @Ctx() { ctx }: GraphqlContext,
  ): Promise<Connection<ContactTagType>> {
    const page = await this.#reader.listTags(ctx, subaccount.id, args);
    return toConnection(page, (use) => new ContactTagType(use));
  }
}

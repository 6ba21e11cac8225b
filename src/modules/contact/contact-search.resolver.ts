import 'reflect-metadata';
import { Args, ArgsType, Ctx, Field, FieldResolver, Resolver, Root } from 'type-graphql';
import { Access } from '../../graphql/kit/access.js';
import { ConnectionArgs, toConnection } from '../../graphql/kit/connection.js';
import type { Connection } from '../../graphql/kit/connection.js';
import type { GraphqlContext } from '../../graphql/kit/graphql-context.js';
import { SubaccountType } from '../tenancy/index.js';
import type { ContactSearch } from './contact-search.js';
import { ContactConnection, ContactType } from './contact.types.js';

@ArgsType()
export class ContactSearchArgs extends ConnectionArgs {
  @Field(() => String, {
    description:
      'Words of the names and digits of the number, of which all have to be there, in any case and without regard to accents; from three letters on each may be the beginning of a longer one.',
  })
  query = '';
}

@Resolver(() => SubaccountType)
export class ContactSearchResolver {
  readonly #search: ContactSearch;

  constructor(search: ContactSearch) {
    this.#search = search;
  }

  @Access('contact:read')
  @FieldResolver(() => ContactConnection, { description: 'Its contacts with these words, newest first.' })
  async searchContacts(
    @Root() { subaccount }: SubaccountType,
    @Args(() => ContactSearchArgs) request: ContactSearchArgs,
    @Ctx() { ctx }: GraphqlContext,
  ): Promise<Connection<ContactType>> {
    const page = await this.#search.find(ctx, subaccount.id, request);
    return toConnection(page, (contact) => new ContactType(contact));
  }
}

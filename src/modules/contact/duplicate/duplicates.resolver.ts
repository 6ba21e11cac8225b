import 'reflect-metadata';
import { Args, Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import { Access } from '../../../graphql/kit/access.js';
import { toConnection } from '../../../graphql/kit/connection.js';
import type { Connection } from '../../../graphql/kit/connection.js';
import type { GraphqlContext } from '../../../graphql/kit/graphql-context.js';
import { SubaccountType } from '../../tenancy/index.js';
import type { ContactReader } from '../contact.reader.js';
import { ContactType } from '../contact.types.js';
import {
  ContactDuplicatesArgs,
  ContactDuplicatesConnection,
  ContactDuplicatesType,
} from './duplicates.types.js';

@Resolver(() => SubaccountType)
export class SubaccountDuplicatesResolver {
  readonly #reader: ContactReader;

  constructor(reader: ContactReader) {
    this.#reader = reader;
  }

  @Access('contact:read')
  @FieldResolver(() => ContactDuplicatesConnection, {
    description:
      'Contacts of one name, or with one value in a field: look at them, and merge what is one person.',
  })
  async contactDuplicates(
    @Root() { subaccount }: SubaccountType,
    @Args(() => ContactDuplicatesArgs) args: ContactDuplicatesArgs,
    @Ctx() { ctx }: GraphqlContext,
  ): Promise<Connection<ContactDuplicatesType>> {
    const page = await this.#reader.listDuplicates(ctx, subaccount.id, args, args.fieldKey ?? null);
    return toConnection(page, (duplicates) => new ContactDuplicatesType(duplicates));
  }
}

@Resolver(() => ContactDuplicatesType)
export class ContactDuplicatesResolver {
  @Access('contact:read')
  @FieldResolver(() => [ContactType], { description: 'They themselves, oldest first, at most 20.' })
  async contacts(
    @Root() { duplicates }: ContactDuplicatesType,
    @Ctx() context: GraphqlContext,
  ): Promise<object[]> {
    const { contactIds } = duplicates;
    const found = await Promise.all(contactIds.map((id) => context.nodes.find(context, 'Contact', id)));
    return found.filter((contact) => contact !== null);
  }
}

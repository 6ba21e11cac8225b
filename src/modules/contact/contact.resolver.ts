import 'reflect-metadata';
import { Arg, Args, Ctx, FieldResolver, ID, Query, Resolver, Root } from 'type-graphql';
import { Access } from '../../graphql/kit/access.js';
import { toConnection } from '../../graphql/kit/connection.js';
import type { Connection } from '../../graphql/kit/connection.js';
import type { GraphqlContext } from '../../graphql/kit/graphql-context.js';
import { inOrderOf } from '../../graphql/kit/graphql-context.js';
import type { NodeFetcher, ProvidesNodes } from '../../graphql/kit/node.js';
import { fromPublicId } from '../../kernel/ids.js';
import { SubaccountType } from '../tenancy/index.js';
import { ContactConnectionArgs } from './contact.inputs.types.js';
import type { ContactReader } from './contact.reader.js';
import { ContactConnection, ContactMergeType, ContactType } from './contact.types.js';

@Resolver(() => ContactType)
export class ContactResolver implements ProvidesNodes {
  readonly nodeFetchers: { readonly Contact: NodeFetcher };
  readonly #reader: ContactReader;

  constructor(reader: ContactReader) {
    this.#reader = reader;
    this.nodeFetchers = {
      Contact: {
        action: 'contact:read',
        fetch: async (ctx, ids) =>
          inOrderOf(ids, await reader.findAll(ctx, ids), (contact) => contact.id).map((contact) =>
            contact === null ? null : new ContactType(contact),
          ),
      },
    };
  }

  @Access('contact:read')
  @Query(() => ContactType, {
    description: 'One contact. The id of one that became part of another leads to that one.',
  })
  async contact(
    @Ctx() { ctx }: GraphqlContext,
    @Arg('id', () => ID, { description: 'Its id.' }) id: string,
  ): Promise<ContactType> {
    return new ContactType(await this.#reader.get(ctx, fromPublicId('Contact', id)));
  }

  @Access('contact:read')
  @FieldResolver(() => [String], { description: 'Its tags, in the order of the alphabet.' })
  async tags(@Root() { contact }: ContactType, @Ctx() context: GraphqlContext): Promise<string[]> {
    const load = async (ids: readonly string[]): Promise<string[][]> => {
      const tags = await this.#reader.findTags(context.ctx, ids);
      return ids.map((id) => tags.get(id) ?? []);
    };
    return context.loader<string, string[]>('tags of contacts', load).load(contact.id);
  }

  @Access('contact:read')
  @FieldResolver(() => [ContactMergeType], {
    description: 'Contacts that turned out to be this person, oldest first.',
  })
  async merges(
    @Root() { contact }: ContactType,
    @Ctx() context: GraphqlContext,
  ): Promise<ContactMergeType[]> {
    const load = async (ids: readonly string[]): Promise<ContactMergeType[][]> => {
      const merges = Map.groupBy(await this.#reader.listMerges(context.ctx, ids), (each) => each.contactId);
      return ids.map((id) => (merges.get(id) ?? []).map((merge) => new ContactMergeType(merge)));
    };
    return context.loader<string, ContactMergeType[]>('merges of contacts', load).load(contact.id);
  }
}

@Resolver(() => SubaccountType)
export class SubaccountContactsResolver {
  readonly #reader: ContactReader;

  constructor(reader: ContactReader) {
    this.#reader = reader;
  }

  @Access('contact:read')
  @FieldResolver(() => ContactConnection, { description: 'Its contacts, oldest first.' })
  async contacts(
    @Root() { subaccount }: SubaccountType,
    @Args(() => ContactConnectionArgs) args: ContactConnectionArgs,
    @Ctx() { ctx }: GraphqlContext,
  ): Promise<Connection<ContactType>> {
    const page = await this.#reader.list(ctx, subaccount.id, args, args.filter?.toFilter());
    return toConnection(page, (contact) => new ContactType(contact));
  }
}

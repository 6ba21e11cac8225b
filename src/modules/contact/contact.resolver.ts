import 'reflect-metadata';
import { Arg, Args, Ctx, FieldResolver, ID, Query, Resolver, Root } from 'type-graphql';
import { fromPublicId } from '../../kernel/ids.js';
import { Access } from '../../graphql/kit/access.js';
import { toConnection } from '../../graphql/kit/connection.js';
import type { Connection } from '../../graphql/kit/connection.js';
import type { GraphqlContext } from '../../graphql/kit/graphql-context.js';
import { inOrderOf } from '../../graphql/kit/graphql-context.js';
import type { NodeFetcher, ProvidesNodes } from '../../graphql/kit/node.js';
import { SubaccountType } from '../tenancy/index.js';
import { ContactConnection, ContactConnectionArgs, ContactType } from './contact.types.js';
import type { ContactService } from './contact.service.js';

@Resolver(() => SubaccountType)
export class ContactResolver implements ProvidesNodes {
  readonly nodeFetchers: { readonly Contact: NodeFetcher };
  readonly #contacts: ContactService;

  constructor(contacts: ContactService) {
    this.#contacts = contacts;
    this.nodeFetchers = {
      Contact: {
        action: 'contact:read',
        fetch: async (ctx, ids) =>
          inOrderOf(ids, await contacts.findAll(ctx, ids), (contact) => contact.id).map((contact) =>
            contact === null ? null : new ContactType(contact),
          ),
      },
    };
  }

  @Access('contact:read')
  @Query(() => ContactType, { description: 'One contact.' })
  async contact(
    @Ctx() { ctx }: GraphqlContext,
    @Arg('id', () => ID, { description: 'Its id.' }) id: string,
  ): Promise<ContactType> {
    return new ContactType(await this.#contacts.get(ctx, fromPublicId('Contact', id)));
  }

  @Access('contact:read')
  @FieldResolver(() => ContactConnection, { description: 'Its contacts, oldest first.' })
  async contacts(
    @Root() { subaccount }: SubaccountType,
    @Args(() => ContactConnectionArgs) args: ContactConnectionArgs,
    @Ctx() { ctx }: GraphqlContext,
  ): Promise<Connection<ContactType>> {
    const page = await this.#contacts.list(ctx, subaccount.id, args, args.filter ?? {});
    return toConnection(page, (contact) => new ContactType(contact));
  }
}

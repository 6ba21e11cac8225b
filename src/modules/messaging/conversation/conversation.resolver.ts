import 'reflect-metadata';
import { Arg, Args, Ctx, FieldResolver, ID, Query, Resolver, Root } from 'type-graphql';
import { Access } from '../../../graphql/kit/access.js';
import { toConnection } from '../../../graphql/kit/connection.js';
import type { Connection } from '../../../graphql/kit/connection.js';
import type { GraphqlContext } from '../../../graphql/kit/graphql-context.js';
import { inOrderOf } from '../../../graphql/kit/graphql-context.js';
import type { NodeFetcher, ProvidesNodes } from '../../../graphql/kit/node.js';
import { fromPublicId } from '../../../kernel/ids.js';
import type { Page } from '../../../kernel/page.js';
import { ContactType } from '../../contact/index.js';
import { DeviceType } from '../../device/index.js';
import { SubaccountType } from '../../tenancy/index.js';
import type { Conversation } from './conversation.entity.js';
import type { ConversationFilter, ConversationOwnerKey } from './conversation.queries.js';
import type { ConversationService } from './conversation.service.js';
import {
  ConversationConnection,
  ConversationConnectionArgs,
  ConversationType,
} from './conversation.types.js';
import type { ConversationFilterInput } from './conversation.types.js';

@Resolver(() => ConversationType)
export class ConversationResolver implements ProvidesNodes {
  readonly nodeFetchers: { readonly Conversation: NodeFetcher };
  readonly #conversations: ConversationService;

  constructor(conversations: ConversationService) {
    this.#conversations = conversations;
    this.nodeFetchers = {
      Conversation: {
        action: 'conversation:read',
        fetch: async (ctx, ids) =>
          inOrderOf(ids, await conversations.findAll(ctx, ids), (row) => row.id).map((row) =>
            row === null ? null : new ConversationType(row),
          ),
      },
    };
  }

  @Access('conversation:read')
  @Query(() => ConversationType, { description: 'One conversation.' })
  async conversation(
    @Ctx() { ctx }: GraphqlContext,
    @Arg('id', () => ID, { description: 'Its id.' }) id: string,
  ): Promise<ConversationType> {
    return new ConversationType(await this.#conversations.get(ctx, fromPublicId('Conversation', id)));
  }

  @Access('conversation:read')
  @FieldResolver(() => DeviceType, { nullable: true, description: 'Its device; null when it was deleted.' })
  async device(
    @Root() { conversation }: ConversationType,
    @Ctx() context: GraphqlContext,
  ): Promise<object | null> {
    return context.nodes.findVisible(context, 'Device', conversation.deviceId);
  }

  @Access('conversation:read')
  @FieldResolver(() => ContactType, {
    nullable: true,
    description: 'The person; null for a group, and for callers that may not read contacts.',
  })
  async contact(
    @Root() { conversation }: ConversationType,
    @Ctx() context: GraphqlContext,
  ): Promise<object | null> {
    const { contactId } = conversation;
    return contactId == null ? null : context.nodes.findVisible(context, 'Contact', contactId);
  }
}

@Resolver(() => SubaccountType)
export class SubaccountConversationsResolver {
  readonly #conversations: ConversationService;

  constructor(conversations: ConversationService) {
    this.#conversations = conversations;
  }

  @Access('conversation:read')
  @FieldResolver(() => ConversationConnection, { description: 'Its conversations, most recent first.' })
  async conversations(
    @Root() { subaccount }: SubaccountType,
    @Args(() => ConversationConnectionArgs) args: ConversationConnectionArgs,
    @Ctx() context: GraphqlContext,
  ): Promise<Connection<ConversationType>> {
    return loadPage(context, this.#conversations, { key: 'subaccountId', id: subaccount.id }, args);
  }
}

@Resolver(() => DeviceType)
export class DeviceConversationsResolver {
  readonly #conversations: ConversationService;

  constructor(conversations: ConversationService) {
    this.#conversations = conversations;
  }

  @Access('conversation:read')
  @FieldResolver(() => ConversationConnection, { description: 'Its conversations, most recent first.' })
  async conversations(
    @Root() { device }: DeviceType,
    @Args(() => ConversationConnectionArgs) args: ConversationConnectionArgs,
    @Ctx() context: GraphqlContext,
  ): Promise<Connection<ConversationType>> {
    return loadPage(context, this.#conversations, { key: 'deviceId', id: device.id }, args);
  }
}

@Resolver(() => ContactType)
export class ContactConversationsResolver {
  readonly #conversations: ConversationService;

  constructor(conversations: ConversationService) {
    this.#conversations = conversations;
  }

  @Access('conversation:read')
  @FieldResolver(() => ConversationConnection, {
    description: 'Conversations with this person, most recent first.',
  })
  async conversations(
    @Root() { contact }: ContactType,
    @Args(() => ConversationConnectionArgs) args: ConversationConnectionArgs,
    @Ctx() context: GraphqlContext,
  ): Promise<Connection<ConversationType>> {
    return loadPage(context, this.#conversations, { key: 'contactId', id: contact.id }, args);
  }
}

/** Lists of the same shape inside of one list are read together. */
async function loadPage(
  context: GraphqlContext,
  conversations: ConversationService,
  owner: { readonly key: ConversationOwnerKey; readonly id: string },
  args: ConversationConnectionArgs,
): Promise<Connection<ConversationType>> {
  const { key, id } = owner;
  const filter = filterOf(args.filter);
  const load = (ids: readonly string[]): Promise<readonly Page<Conversation>[]> =>
    conversations.listOfEach(context.ctx, { key, ids }, args, filter);
  const name = `conversations by ${key} ${JSON.stringify(args)}`;
  return toConnection(await context.loader<string, Page<Conversation>>(name, load).load(id), wrap);
}

const wrap = (conversation: ConversationType['conversation']): ConversationType =>
  new ConversationType(conversation);

function filterOf(filter: ConversationFilterInput | null | undefined): ConversationFilter {
  if (filter == null) return {};
  const { status, kind, deviceId, unread } = filter;
  return {
    status,
    kind,
    unread,
    deviceId: deviceId == null ? null : fromPublicId('Device', deviceId, 'filter.deviceId'),
  };
}

import 'reflect-metadata';
import { Arg, Args, Ctx, FieldResolver, Int, Mutation, Resolver, Root } from 'type-graphql';
import { Access } from '../../../graphql/kit/access.js';
import { ConnectionArgs, toConnection } from '../../../graphql/kit/connection.js';
import type { Connection } from '../../../graphql/kit/connection.js';
import type { GraphqlContext } from '../../../graphql/kit/graphql-context.js';
import { inOrderOf } from '../../../graphql/kit/graphql-context.js';
import type { NodeFetcher, ProvidesNodes } from '../../../graphql/kit/node.js';
import { DeletePayloadType } from '../../../graphql/kit/payload.types.js';
import { kernelErrors } from '../../../kernel/errors.js';
import { fromPublicId } from '../../../kernel/ids.js';
import { ConversationConnection, ConversationType } from '../../messaging/index.js';
import type { ConversationReader } from '../../messaging/index.js';
import { SubaccountType } from '../../tenancy/index.js';
import type { ViewService } from './view.service.js';
import {
  ConversationViewConnection,
  ConversationViewInput,
  ConversationViewPayload,
  ConversationViewType,
  CreateConversationViewInput,
  UpdateConversationViewInput,
} from './view.types.js';

@Resolver(() => ConversationViewType)
export class ConversationViewResolver implements ProvidesNodes {
  readonly nodeFetchers: { readonly ConversationView: NodeFetcher };
  readonly #views: ViewService;
  readonly #conversations: ConversationReader;

  constructor(views: ViewService, conversations: ConversationReader) {
    this.#views = views;
    this.#conversations = conversations;
    this.nodeFetchers = {
      ConversationView: {
        action: 'conversation:read',
        fetch: async (ctx, ids) =>
          inOrderOf(ids, await views.findAll(ctx, ids), (row) => row.id).map((row) =>
            row === null ? null : new ConversationViewType(row),
          ),
      },
    };
  }

  @Access('conversation_view:manage')
  @Mutation(() => ConversationViewPayload, { description: 'Saves a filter of conversations under a name.' })
  async createConversationView(
    @Ctx() { ctx }: GraphqlContext,
    @Arg('input', () => CreateConversationViewInput, { description: 'The new view.' })
    input: CreateConversationViewInput,
  ): Promise<ConversationViewPayload> {
    return new ConversationViewPayload(await this.#views.create(ctx, input.toRequest()));
  }

  @Access('conversation_view:manage')
  @Mutation(() => ConversationViewPayload, {
    description: 'Changes a view: one’s own, or with the action conversation_view:share a shared one.',
  })
  async updateConversationView(
    @Ctx() { ctx }: GraphqlContext,
    @Arg('input', () => UpdateConversationViewInput, { description: 'What to change.' })
    input: UpdateConversationViewInput,
  ): Promise<ConversationViewPayload> {
    return new ConversationViewPayload(await this.#views.update(ctx, idOf(input), input.toChanges()));
  }

  @Access('conversation_view:manage')
  @Mutation(() => DeletePayloadType, {
    description: 'Deletes a view: one’s own, or with the action conversation_view:share a shared one.',
  })
  async deleteConversationView(
    @Ctx() { ctx }: GraphqlContext,
    @Arg('input', () => ConversationViewInput, { description: 'Which view.' }) input: ConversationViewInput,
  ): Promise<DeletePayloadType> {
    await this.#views.delete(ctx, idOf(input));
    return new DeletePayloadType(input.conversationViewId);
  }

  @Access('conversation:read')
  @FieldResolver(() => ConversationConnection, {
    description: 'The conversations that it shows, most recent first.',
  })
  async conversations(
    @Root() { view }: ConversationViewType,
    @Args(() => ConnectionArgs) args: ConnectionArgs,
    @Ctx() { ctx }: GraphqlContext,
  ): Promise<Connection<ConversationType>> {
    const owner = { key: 'subaccountId', ids: [view.subaccountId] } as const;
    const [page] = await this.#conversations.listOfEach(ctx, owner, args, view.filter);
    if (page === undefined) throw kernelErrors.NOT_FOUND();
    return toConnection(page, (conversation) => new ConversationType(conversation));
  }

  @Access('conversation:read')
  @FieldResolver(() => Int, { description: 'How many conversations it shows, counted up to 1,000.' })
  async count(@Root() { view }: ConversationViewType, @Ctx() { ctx }: GraphqlContext): Promise<number> {
    const [count = 0] = await this.#conversations.countOfEach(ctx, [view.subaccountId], view.filter);
    return count;
  }
}

@Resolver(() => SubaccountType)
export class SubaccountViewsResolver {
  readonly #views: ViewService;

  constructor(views: ViewService) {
    this.#views = views;
  }

  @Access('conversation:read')
  @FieldResolver(() => ConversationViewConnection, {
    description:
      'Saved views of its conversations, oldest first: shared ones, and those of the user who asks.',
  })
  async conversationViews(
    @Root() { subaccount }: SubaccountType,
    @Args(() => ConnectionArgs) args: ConnectionArgs,
    @Ctx() { ctx }: GraphqlContext,
  ): Promise<Connection<ConversationViewType>> {
    const page = await this.#views.list(ctx, subaccount.id, args);
    return toConnection(page, (view) => new ConversationViewType(view));
  }
}

function idOf({ conversationViewId }: ConversationViewInput | UpdateConversationViewInput): string {
  return fromPublicId('ConversationView', conversationViewId, 'input.conversationViewId');
}

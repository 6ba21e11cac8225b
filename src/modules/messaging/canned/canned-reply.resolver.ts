import 'reflect-metadata';
import { Arg, Args, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from 'type-graphql';
import { Access } from '../../../graphql/kit/access.js';
import { ConnectionArgs, toConnection } from '../../../graphql/kit/connection.js';
import type { Connection } from '../../../graphql/kit/connection.js';
import { inOrderOf } from '../../../graphql/kit/graphql-context.js';
import type { GraphqlContext } from '../../../graphql/kit/graphql-context.js';
import type { NodeFetcher, ProvidesNodes } from '../../../graphql/kit/node.js';
import { DeletePayloadType } from '../../../graphql/kit/payload.types.js';
import { fromPublicId } from '../../../kernel/ids.js';
import { SubaccountType } from '../../tenancy/index.js';
import type { CannedReplyService } from './canned-reply.service.js';
import {
  CannedReplyConnection,
  CannedReplyInput,
  CannedReplyPayload,
  CannedReplyType,
  CreateCannedReplyInput,
  RenderedReplyType,
  UpdateCannedReplyInput,
} from './canned-reply.types.js';

const INPUT = { description: 'The input.' } as const;

@Resolver(() => SubaccountType)
export class CannedReplyResolver implements ProvidesNodes {
  readonly nodeFetchers: { readonly CannedReply: NodeFetcher };
  readonly #replies: CannedReplyService;

  constructor(replies: CannedReplyService) {
    this.#replies = replies;
    this.nodeFetchers = {
      CannedReply: {
        action: 'canned_reply:read',
        fetch: async (ctx, ids) =>
          inOrderOf(ids, await replies.findAll(ctx, ids), ({ id }) => id).map((reply) =>
            reply === null ? null : new CannedReplyType(reply),
          ),
      },
    };
  }

  @Access('canned_reply:read')
  @Query(() => RenderedReplyType, {
    description:
      'A canned reply with the names of one conversation in it, for the caller to look over and send.',
  })
  async renderCannedReply(
    @Ctx() { ctx }: GraphqlContext,
    @Arg('cannedReplyId', () => ID, { description: 'The canned reply.' }) cannedReplyId: string,
    @Arg('conversationId', () => ID, { description: 'The conversation.' }) conversationId: string,
  ): Promise<RenderedReplyType> {
    const id = fromPublicId('CannedReply', cannedReplyId, 'cannedReplyId');
    const conversation = fromPublicId('Conversation', conversationId, 'conversationId');
    return new RenderedReplyType(await this.#replies.render(ctx, id, conversation));
  }

  @Access('canned_reply:manage')
  @Mutation(() => CannedReplyPayload, { description: 'Adds a canned reply to a subaccount.' })
  async createCannedReply(
    @Ctx() { ctx }: GraphqlContext,
    @Arg('input', () => CreateCannedReplyInput, INPUT) { shortcut, text, ...input }: CreateCannedReplyInput,
  ): Promise<CannedReplyPayload> {
    const subaccountId = fromPublicId('Subaccount', input.subaccountId, 'input.subaccountId');
    return new CannedReplyPayload(await this.#replies.create(ctx, { subaccountId, shortcut, text }));
  }

  @Access('canned_reply:manage')
  @Mutation(() => CannedReplyPayload, { description: 'Changes a canned reply.' })
  async updateCannedReply(
    @Ctx() { ctx }: GraphqlContext,
    @Arg('input', () => UpdateCannedReplyInput, INPUT) input: UpdateCannedReplyInput,
  ): Promise<CannedReplyPayload> {
    const { shortcut, text } = input;
    return new CannedReplyPayload(await this.#replies.update(ctx, idOf(input), { shortcut, text }));
  }

  @Access('canned_reply:manage')
  @Mutation(() => DeletePayloadType, { description: 'Deletes a canned reply.' })
  async deleteCannedReply(
    @Ctx() { ctx }: GraphqlContext,
    @Arg('input', () => CannedReplyInput, INPUT) input: CannedReplyInput,
  ): Promise<DeletePayloadType> {
    await this.#replies.delete(ctx, idOf(input));
    return new DeletePayloadType(input.cannedReplyId);
  }

  @Access('canned_reply:read')
  @FieldResolver(() => CannedReplyConnection, { description: 'Its canned replies, oldest first.' })
  async cannedReplies(
    @Root() { subaccount }: SubaccountType,
    @Args(() => ConnectionArgs) args: ConnectionArgs,
    @Ctx() { ctx }: GraphqlContext,
  ): Promise<Connection<CannedReplyType>> {
    const page = await this.#replies.list(ctx, subaccount.id, args);
    return toConnection(page, (reply) => new CannedReplyType(reply));
  }
}

function idOf({ cannedReplyId }: { readonly cannedReplyId: string }): string {
  return fromPublicId('CannedReply', cannedReplyId, 'input.cannedReplyId');
}

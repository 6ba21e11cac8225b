import 'reflect-metadata';
import { Arg, Ctx, FieldResolver, ID, Int, Mutation, Query, Resolver, Root } from 'type-graphql';
import { Access } from '../../../graphql/kit/access.js';
import type { GraphqlContext } from '../../../graphql/kit/graphql-context.js';
import { inOrderOf } from '../../../graphql/kit/graphql-context.js';
import type { NodeFetcher, ProvidesNodes } from '../../../graphql/kit/node.js';
import { fromPublicId } from '../../../kernel/ids.js';
import { ContactType } from '../../contact/index.js';
import { DeviceType } from '../../device/index.js';
import { TeamType, UserType } from '../../identity/index.js';
import type { Conversation } from './conversation.entity.js';
import {
  ConversationInput,
  ConversationPayload,
  LabelConversationInput,
  UpdateConversationInput,
} from './conversation.inputs.types.js';
import type { ConversationReader } from './conversation.reader.js';
import type { ConversationService } from './conversation.service.js';
import { ConversationType } from './conversation.types.js';

const INPUT = { description: 'The input.' } as const;

@Resolver(() => ConversationType)
export class ConversationResolver implements ProvidesNodes {
  readonly nodeFetchers: { readonly Conversation: NodeFetcher };
  readonly #conversations: ConversationService;
  readonly #reader: ConversationReader;

  constructor(conversations: ConversationService, reader: ConversationReader) {
    this.#conversations = conversations;
    this.#reader = reader;
    this.nodeFetchers = {
      Conversation: {
        action: 'conversation:read',
        fetch: async (ctx, ids) =>
          inOrderOf(ids, await reader.findAll(ctx, ids), (row) => row.id).map((row) =>
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
    return new ConversationType(await this.#reader.get(ctx, fromPublicId('Conversation', id)));
  }

  @Access('conversation:update')
  @Mutation(() => ConversationPayload, {
    description:
      'Decides how far a conversation is and who looks after it, unless somebody else did meanwhile.',
  })
  async updateConversation(
    @Ctx() { ctx }: GraphqlContext,
    @Arg('input', () => UpdateConversationInput, INPUT) input: UpdateConversationInput,
  ): Promise<ConversationPayload> {
    return new ConversationPayload(await this.#conversations.update(ctx, idOf(input), input.toChanges()));
  }

  @Access('conversation:update')
  @Mutation(() => ConversationPayload, {
    description: 'Adds labels to a conversation and takes others away, whatever others do meanwhile.',
  })
  async labelConversation(
    @Ctx() { ctx }: GraphqlContext,
    @Arg('input', () => LabelConversationInput, INPUT) input: LabelConversationInput,
  ): Promise<ConversationPayload> {
    return new ConversationPayload(await this.#conversations.label(ctx, idOf(input), input.toChanges()));
  }

  @Access('conversation:update')
  @Mutation(() => ConversationPayload, {
    description: 'Marks as read what came in so far: for everybody, and for the user who asks.',
  })
  async markConversationRead(
    @Ctx() { ctx }: GraphqlContext,
    @Arg('input', () => ConversationInput, INPUT) input: ConversationInput,
  ): Promise<ConversationPayload> {
    return new ConversationPayload(await this.#conversations.markRead(ctx, idOf(input)));
  }

  @Access('conversation:update')
  @Mutation(() => ConversationPayload, {
    description: 'Marks the last message that came in as unread: for everybody, and for the user who asks.',
  })
  async markConversationUnread(
    @Ctx() { ctx }: GraphqlContext,
    @Arg('input', () => ConversationInput, INPUT) input: ConversationInput,
  ): Promise<ConversationPayload> {
    return new ConversationPayload(await this.#conversations.markUnread(ctx, idOf(input)));
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

  @Access('conversation:read')
  @FieldResolver(() => UserType, {
    nullable: true,
    description: 'The user who looks after it; also null for callers that may not read users.',
  })
  async assignee(
    @Root() { conversation }: ConversationType,
    @Ctx() context: GraphqlContext,
  ): Promise<object | null> {
    const { assigneeId } = conversation;
    return assigneeId == null ? null : context.nodes.findVisible(context, 'User', assigneeId);
  }

  @Access('conversation:read')
  @FieldResolver(() => TeamType, { nullable: true, description: 'The team that looks after it.' })
  async team(
    @Root() { conversation }: ConversationType,
    @Ctx() context: GraphqlContext,
  ): Promise<object | null> {
    const { teamId } = conversation;
    return teamId == null ? null : context.nodes.findVisible(context, 'Team', teamId);
  }

  @Access('conversation:read')
  @FieldResolver(() => [String], { description: 'Its labels, in the order of the alphabet.' })
  async labels(
    @Root() { conversation }: ConversationType,
    @Ctx() context: GraphqlContext,
  ): Promise<string[]> {
    const load = async (ids: readonly string[]): Promise<string[][]> => {
      const labels = await this.#reader.findLabels(context.ctx, ids);
      return ids.map((id) => labels.get(id) ?? []);
    };
    return context.loader<string, string[]>('labels of conversations', load).load(conversation.id);
  }

  @Access('conversation:read')
  @FieldResolver(() => Int, {
    nullable: true,
    description:
      'How many messages the user who asks has not marked as read, of those that came since they work here. Null for keys.',
  })
  async myUnreadCount(
    @Root() { conversation }: ConversationType,
    @Ctx() context: GraphqlContext,
  ): Promise<number | null> {
    const load = (all: readonly Conversation[]) => this.#reader.countUnread(context.ctx, all);
    return context.loader<Conversation, number | null>('unread for the caller', load).load(conversation);
  }
}

type Named = ConversationInput | UpdateConversationInput | LabelConversationInput;

function idOf({ conversationId }: Named): string {
  return fromPublicId('Conversation', conversationId, 'input.conversationId');
}

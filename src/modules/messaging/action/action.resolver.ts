import 'reflect-metadata';
import { Arg, Ctx, FieldResolver, Mutation, Resolver, Root } from 'type-graphql';
import { Access } from '../../../graphql/kit/access.js';
import type { GraphqlContext } from '../../../graphql/kit/graphql-context.js';
import { fromPublicId } from '../../../kernel/ids.js';
import { MessageInput } from '../message/message.input.types.js';
import type { MessageReader } from '../message/message.reader.js';
import { MessageType } from '../message/message.types.js';
import type { MessageActionService } from './action.service.js';
import {
  EditMessageInput,
  MessageActionPayload,
  MessageReplyType,
  ReactionType,
  ReactToMessageInput,
} from './action.types.js';
import type { Reaction } from './reaction.queries.js';

const INPUT = { description: 'The input.' } as const;

@Resolver(() => MessageType)
export class MessageActionResolver {
  readonly #actions: MessageActionService;
  readonly #reader: MessageReader;

  constructor(actions: MessageActionService, reader: MessageReader) {
    this.#actions = actions;
    this.#reader = reader;
  }

  @Access('message:send')
  @Mutation(() => MessageActionPayload, {
    description: 'Reacts to a message, theirs or ours, or takes our reaction back.',
  })
  async reactToMessage(
    @Ctx() { ctx }: GraphqlContext,
    @Arg('input', () => ReactToMessageInput, INPUT) { messageId, emoji }: ReactToMessageInput,
  ): Promise<MessageActionPayload> {
    return new MessageActionPayload(await this.#actions.react(ctx, idOf(messageId), { emoji }));
  }

  @Access('message:send')
  @Mutation(() => MessageActionPayload, { description: 'Changes the text of a message that was sent.' })
  async editMessage(
    @Ctx() { ctx }: GraphqlContext,
    @Arg('input', () => EditMessageInput, INPUT) { messageId, text }: EditMessageInput,
  ): Promise<MessageActionPayload> {
    return new MessageActionPayload(await this.#actions.edit(ctx, idOf(messageId), { text }));
  }

  @Access('message:send')
  @Mutation(() => MessageActionPayload, {
    description: 'Deletes a message that was sent for everybody, within 60 hours.',
  })
  async deleteMessage(
    @Ctx() { ctx }: GraphqlContext,
    @Arg('input', () => MessageInput, INPUT) { messageId }: MessageInput,
  ): Promise<MessageActionPayload> {
    return new MessageActionPayload(await this.#actions.deleteForEverybody(ctx, idOf(messageId)));
  }

  @Access('message:read')
  @FieldResolver(() => [ReactionType], { description: 'What people think of it now: one of each at most.' })
  async reactions(@Root() { message }: MessageType, @Ctx() context: GraphqlContext): Promise<ReactionType[]> {
    const load = async (ids: readonly string[]): Promise<readonly (readonly Reaction[])[]> => {
      const byTarget = Map.groupBy(
        await this.#reader.findReactions(context.ctx, ids),
        ({ targetId }) => targetId,
      );
      return ids.map((id) => byTarget.get(id) ?? []);
    };
    const reactions = await context
      .loader<string, readonly Reaction[]>('reactions to messages', load)
      .load(message.id);
    return reactions.map((reaction) => new ReactionType(reaction));
  }

  @Access('message:read')
  @FieldResolver(() => MessageReplyType, { nullable: true, description: 'The message that it answers.' })
  replyTo(@Root() { message }: MessageType): MessageReplyType | null {
    const { replyToId, quotedText } = message;
    if (replyToId == null && quotedText == null) return null;
    return new MessageReplyType(replyToId ?? null, quotedText ?? null);
  }
}

/** What is quoted, as it is now where it is here. */
@Resolver(() => MessageReplyType)
export class MessageReplyResolver {
  @Access('message:read')
  @FieldResolver(() => MessageType, { nullable: true, description: 'It itself, when it is here.' })
  async message(
    @Root() { replyToId }: MessageReplyType,
    @Ctx() context: GraphqlContext,
  ): Promise<object | null> {
    return replyToId === null ? null : context.nodes.findVisible(context, 'Message', replyToId);
  }

  @Access('message:read')
  @FieldResolver(() => String, {
    nullable: true,
    description: 'Its text: as it is now, or as the answer repeats it when it is not here.',
  })
  async text(
    @Root() { replyToId, quotedText }: MessageReplyType,
    @Ctx() context: GraphqlContext,
  ): Promise<string | null> {
    if (replyToId === null) return quotedText;
    const message = await context.nodes.findVisible(context, 'Message', replyToId);
    return message instanceof MessageType ? message.text : null;
  }
}

function idOf(messageId: string): string {
  return fromPublicId('Message', messageId, 'input.messageId');
}

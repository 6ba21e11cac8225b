import 'reflect-metadata';
import { Arg, Ctx, ID, Mutation, Resolver, Root, Subscription } from 'type-graphql';
import { Access } from '../../../graphql/kit/access.js';
import type { GraphqlContext } from '../../../graphql/kit/graphql-context.js';
import { subscribeWith } from '../../../graphql/kit/subscription.js';
import { fromPublicId } from '../../../kernel/ids.js';
import type { Typing, TypingService } from './typing.service.js';
import { ContactTypingType, SetTypingInput, SetTypingPayload } from './typing.types.js';

@Resolver()
export class TypingResolver {
  readonly #typing: TypingService;

  constructor(typing: TypingService) {
    this.#typing = typing;
  }

  @Access('message:send')
  @Mutation(() => SetTypingPayload, {
    description: 'Shows the other side of a conversation that somebody writes.',
  })
  async setTyping(
    @Ctx() { ctx }: GraphqlContext,
    @Arg('input', () => SetTypingInput, { description: 'The input.' })
    { conversationId, typing }: SetTypingInput,
  ): Promise<SetTypingPayload> {
    const id = fromPublicId('Conversation', conversationId, 'input.conversationId');
    await this.#typing.show(ctx, id, typing);
    return new SetTypingPayload(typing);
  }

  @Access('conversation:read')
  @Subscription(() => ContactTypingType, {
    description: 'Whether the other side writes, each time that it changes. It cannot be had again later.',
    subscribe: subscribeWith(
      () => TypingResolver,
      (resolver, { conversationId }: { conversationId: string }, context) =>
        resolver.follow(conversationId, context),
    ),
  })
  contactTyping(
    @Root() typing: Typing,
    @Arg('conversationId', () => ID, { description: 'The conversation.' }) _conversationId: string,
  ): ContactTypingType {
    return new ContactTypingType(typing);
  }

  follow(
    conversationId: string,
    { ctx, signal, recheck }: GraphqlContext,
  ): AsyncGenerator<Typing, void, undefined> {
    const id = fromPublicId('Conversation', conversationId, 'conversationId');
    return this.#typing.follow(ctx, id, { signal, recheck });
  }
}

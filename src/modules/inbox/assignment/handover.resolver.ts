import 'reflect-metadata';
import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import { Access } from '../../../graphql/kit/access.js';
import type { GraphqlContext } from '../../../graphql/kit/graphql-context.js';
import type { HandoverService } from './handover.service.js';
import { HandOverConversationsInput, HandOverConversationsPayload } from './handover.types.js';

@Resolver()
export class HandoverResolver {
  readonly #handovers: HandoverService;

  constructor(handovers: HandoverService) {
    this.#handovers = handovers;
  }

  @Access('conversation:update')
  @Mutation(() => HandOverConversationsPayload, {
    description:
      'Gives the conversations of a user to somebody else, up to 200 at once. Everything in them stays.',
  })
  async handOverConversations(
    @Ctx() { ctx }: GraphqlContext,
    @Arg('input', () => HandOverConversationsInput, { description: 'Whose, and to whom.' })
    input: HandOverConversationsInput,
  ): Promise<HandOverConversationsPayload> {
    return new HandOverConversationsPayload(await this.#handovers.handOver(ctx, input.toHandover()));
  }
}

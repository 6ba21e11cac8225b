import 'reflect-metadata';
import { Args, ArgsType, Ctx, Field, FieldResolver, ID, InputType, Resolver, Root } from 'type-graphql';
import { Access } from '../../../graphql/kit/access.js';
import { ConnectionArgs, toConnection } from '../../../graphql/kit/connection.js';
import type { Connection } from '../../../graphql/kit/connection.js';
import type { GraphqlContext } from '../../../graphql/kit/graphql-context.js';
import { fromPublicId } from '../../../kernel/ids.js';
import { SubaccountType } from '../../tenancy/index.js';
import { MessageConnection, MessageType } from '../message/message.types.js';
import type { MessageSearch } from './message-search.js';

@InputType('MessageSearchFilter', { description: 'Where to look; all conditions together.' })
export class MessageSearchFilterInput {
  @Field(() => ID, { nullable: true, description: 'Among the messages of this device.' })
  deviceId?: string | null;

  @Field(() => ID, { nullable: true, description: 'Among the messages of this conversation.' })
  conversationId?: string | null;
}

@ArgsType()
export class MessageSearchArgs extends ConnectionArgs {
  @Field(() => String, {
    description:
      'Words, of which all have to be there, in any case and without regard to accents; from three letters on each may be the beginning of a longer one.',
  })
  query = '';

  @Field(() => MessageSearchFilterInput, { nullable: true, description: 'Where to look.' })
  filter?: MessageSearchFilterInput | null;
}

@Resolver(() => SubaccountType)
export class MessageSearchResolver {
  readonly #search: MessageSearch;

  constructor(search: MessageSearch) {
    this.#search = search;
  }

  @Access('message:read')
  @FieldResolver(() => MessageConnection, {
    description: 'Its messages with these words, newest first. What is still to be sent is not found yet.',
  })
  async searchMessages(
    @Root() { subaccount }: SubaccountType,
    @Args(() => MessageSearchArgs) { filter, ...request }: MessageSearchArgs,
    @Ctx() { ctx }: GraphqlContext,
  ): Promise<Connection<MessageType>> {
    const deviceId = filter?.deviceId;
    const conversationId = filter?.conversationId;
    const page = await this.#search.find(ctx, subaccount.id, {
      ...request,
      deviceId: deviceId == null ? null : fromPublicId('Device', deviceId, 'filter.deviceId'),
      conversationId:
        conversationId == null ? null : fromPublicId('Conversation', conversationId, 'filter.conversationId'),
    });
    return toConnection(page, (message) => new MessageType(message));
  }
}

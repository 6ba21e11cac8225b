import 'reflect-metadata';
import { Args, Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import { Access } from '../../../graphql/kit/access.js';
import { toConnection } from '../../../graphql/kit/connection.js';
import type { Connection } from '../../../graphql/kit/connection.js';
import type { GraphqlContext } from '../../../graphql/kit/graphql-context.js';
import { fromPublicId } from '../../../kernel/ids.js';
import { DeviceType } from '../../device/index.js';
import { SubaccountType } from '../../tenancy/index.js';
import { ConversationType } from '../conversation/conversation.types.js';
import { MessageConnectionArgs } from './message.input.types.js';
import type { MessageFilterInput } from './message.input.types.js';
import type { MessageFilter } from './message.queries.js';
import type { MessageReader } from './message.reader.js';
import { MessageConnection, MessageType } from './message.types.js';

@Resolver(() => SubaccountType)
export class SubaccountMessagesResolver {
  readonly #reader: MessageReader;

  constructor(reader: MessageReader) {
    this.#reader = reader;
  }

  @Access('message:read')
  @FieldResolver(() => MessageConnection, { description: 'Its messages, newest first.' })
  async messages(
    @Root() { subaccount }: SubaccountType,
    @Args(() => MessageConnectionArgs) args: MessageConnectionArgs,
    @Ctx() { ctx }: GraphqlContext,
  ): Promise<Connection<MessageType>> {
    const owner = { subaccountId: subaccount.id };
    return toConnection(await this.#reader.list(ctx, owner, args, filterOf(args.filter)), wrap);
  }
}

@Resolver(() => DeviceType)
export class DeviceMessagesResolver {
  readonly #reader: MessageReader;

  constructor(reader: MessageReader) {
    this.#reader = reader;
  }

  @Access('message:read')
  @FieldResolver(() => MessageConnection, { description: 'Its messages, newest first.' })
  async messages(
    @Root() { device }: DeviceType,
    @Args(() => MessageConnectionArgs) args: MessageConnectionArgs,
    @Ctx() { ctx }: GraphqlContext,
  ): Promise<Connection<MessageType>> {
    const page = await this.#reader.list(ctx, { deviceId: device.id }, args, filterOf(args.filter));
    return toConnection(page, wrap);
  }
}

@Resolver(() => ConversationType)
export class ConversationMessagesResolver {
  readonly #reader: MessageReader;

  constructor(reader: MessageReader) {
    this.#reader = reader;
  }

  @Access('message:read')
  @FieldResolver(() => MessageConnection, { description: 'Its messages, newest first.' })
  async messages(
    @Root() { conversation }: ConversationType,
    @Args(() => MessageConnectionArgs) args: MessageConnectionArgs,
    @Ctx() { ctx }: GraphqlContext,
  ): Promise<Connection<MessageType>> {
    const owner = { conversationId: conversation.id };
    return toConnection(await this.#reader.list(ctx, owner, args, filterOf(args.filter)), wrap);
  }
}

const wrap = (message: MessageType['message']): MessageType => new MessageType(message);

function filterOf(filter: MessageFilterInput | null | undefined): MessageFilter {
  if (filter == null) return {};
  const { status, direction, deviceId, conversationId, whatsappId } = filter;
  return {
    status,
    direction,
    whatsappId,
    deviceId: deviceId == null ? null : fromPublicId('Device', deviceId, 'filter.deviceId'),
    conversationId:
      conversationId == null ? null : fromPublicId('Conversation', conversationId, 'filter.conversationId'),
  };
}

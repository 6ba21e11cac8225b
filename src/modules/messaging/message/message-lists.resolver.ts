import 'reflect-metadata';
import { Args, Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import { Access } from '../../../graphql/kit/access.js';
import { toConnection } from '../../../graphql/kit/connection.js';
import type { Connection } from '../../../graphql/kit/connection.js';
import type { GraphqlContext } from '../../../graphql/kit/graphql-context.js';
import { fromPublicId } from '../../../kernel/ids.js';
import type { Page } from '../../../kernel/page.js';
import { DeviceType } from '../../device/index.js';
import { SubaccountType } from '../../tenancy/index.js';
import { ConversationType } from '../conversation/conversation.types.js';
import type { Message } from './message.entity.js';
import { MessageConnectionArgs } from './message.input.types.js';
import type { MessageFilterInput } from './message.input.types.js';
import type { MessageFilter, MessageOwnerKey } from './message.queries.js';
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
    @Ctx() context: GraphqlContext,
  ): Promise<Connection<MessageType>> {
    return loadPage(context, this.#reader, { key: 'subaccountId', id: subaccount.id }, args);
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
    @Ctx() context: GraphqlContext,
  ): Promise<Connection<MessageType>> {
    return loadPage(context, this.#reader, { key: 'deviceId', id: device.id }, args);
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
    @Ctx() context: GraphqlContext,
  ): Promise<Connection<MessageType>> {
    return loadPage(context, this.#reader, { key: 'conversationId', id: conversation.id }, args);
  }
}

/** Lists of the same shape inside of one list are read together. */
async function loadPage(
  context: GraphqlContext,
  reader: MessageReader,
  owner: { readonly key: MessageOwnerKey; readonly id: string },
  args: MessageConnectionArgs,
): Promise<Connection<MessageType>> {
  const { key, id } = owner;
  const filter = filterOf(args.filter);
  const load = (ids: readonly string[]): Promise<readonly Page<Message>[]> =>
    reader.listOfEach(context.ctx, { key, ids }, args, filter);
  const page = await context
    .loader<string, Page<Message>>(`messages by ${key} ${JSON.stringify(args)}`, load)
    .load(id);
  return toConnection(page, wrap);
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

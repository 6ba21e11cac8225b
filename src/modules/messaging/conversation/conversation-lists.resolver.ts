import 'reflect-metadata';
import { Args, Ctx, FieldResolver, Int, Resolver, Root } from 'type-graphql';
import { Access } from '../../../graphql/kit/access.js';
import { toConnection } from '../../../graphql/kit/connection.js';
import type { Connection } from '../../../graphql/kit/connection.js';
import type { GraphqlContext } from '../../../graphql/kit/graphql-context.js';
import type { Page } from '../../../kernel/page.js';
import { ContactType } from '../../contact/index.js';
import { DeviceType } from '../../device/index.js';
import { SubaccountType } from '../../tenancy/index.js';
import type { Conversation } from './conversation.entity.js';
import { ConversationConnectionArgs, ConversationCountArgs } from './conversation.inputs.types.js';
import type { ConversationOwnerKey } from './conversation.queries.js';
import type { ConversationReader } from './conversation.reader.js';
import { ConversationConnection, ConversationType } from './conversation.types.js';

@Resolver(() => SubaccountType)
export class SubaccountConversationsResolver {
  readonly #reader: ConversationReader;

  constructor(reader: ConversationReader) {
    this.#reader = reader;
  }

  @Access('conversation:read')
  @FieldResolver(() => ConversationConnection, { description: 'Its conversations, most recent first.' })
  async conversations(
    @Root() { subaccount }: SubaccountType,
    @Args(() => ConversationConnectionArgs) args: ConversationConnectionArgs,
    @Ctx() context: GraphqlContext,
  ): Promise<Connection<ConversationType>> {
    return loadPage(context, this.#reader, { key: 'subaccountId', id: subaccount.id }, args);
  }

  @Access('conversation:read')
  @FieldResolver(() => Int, {
    description:
      'How many conversations it has, counted up to 1,000: ask it under several names for several numbers.',
  })
  async conversationCount(
    @Root() { subaccount }: SubaccountType,
    @Args(() => ConversationCountArgs) args: ConversationCountArgs,
    @Ctx() context: GraphqlContext,
  ): Promise<number> {
    const load = (ids: readonly string[]) =>
      this.#reader.countOfEach(context.ctx, ids, args.filter?.toFilter());
    const name = `conversation counts ${JSON.stringify(args)}`;
    return context.loader<string, number>(name, load).load(subaccount.id);
  }
}

@Resolver(() => DeviceType)
export class DeviceConversationsResolver {
  readonly #reader: ConversationReader;

  constructor(reader: ConversationReader) {
    this.#reader = reader;
  }

  @Access('conversation:read')
  @FieldResolver(() => ConversationConnection, { description: 'Its conversations, most recent first.' })
  async conversations(
    @Root() { device }: DeviceType,
    @Args(() => ConversationConnectionArgs) args: ConversationConnectionArgs,
    @Ctx() context: GraphqlContext,
  ): Promise<Connection<ConversationType>> {
    return loadPage(context, this.#reader, { key: 'deviceId', id: device.id }, args);
  }
}

@Resolver(() => ContactType)
export class ContactConversationsResolver {
  readonly #reader: ConversationReader;

  constructor(reader: ConversationReader) {
    this.#reader = reader;
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
    return loadPage(context, this.#reader, { key: 'contactId', id: contact.id }, args);
  }
}

/** Lists of the same shape inside of one list are read together. */
async function loadPage(
  context: GraphqlContext,
  reader: ConversationReader,
  owner: { readonly key: ConversationOwnerKey; readonly id: string },
  args: ConversationConnectionArgs,
): Promise<Connection<ConversationType>> {
  const { key, id } = owner;
  const load = (ids: readonly string[]): Promise<readonly Page<Conversation>[]> =>
    reader.listOfEach(context.ctx, { key, ids }, args, args.filter?.toFilter());
  const name = `conversations by ${key} ${JSON.stringify(args)}`;
  return toConnection(await context.loader<string, Page<Conversation>>(name, load).load(id), wrap);
}

const wrap = (conversation: ConversationType['conversation']): ConversationType =>
  new ConversationType(conversation);

import 'reflect-metadata';
import { Args, Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import { Access } from '../../../graphql/kit/access.js';
import { ConnectionArgs, toConnection } from '../../../graphql/kit/connection.js';
import type { Connection } from '../../../graphql/kit/connection.js';
import type { GraphqlContext } from '../../../graphql/kit/graphql-context.js';
import type { Page } from '../../../kernel/page.js';
import { ConversationType } from '../../messaging/index.js';
import { SubaccountType } from '../../tenancy/index.js';
import type { ConversationHandling } from './handling.entity.js';
import type { HandlingReader } from './handling.reader.js';
import {
  ConversationHandlingConnection,
  ConversationHandlingType,
  ResponseTimesArgs,
  ResponseTimesType,
} from './handling.types.js';
import type { ResponseTimes } from './response-times.js';

@Resolver(() => ConversationType)
export class ConversationHandlingsResolver {
  readonly #reader: HandlingReader;

  constructor(reader: HandlingReader) {
    this.#reader = reader;
  }

  @Access('conversation:read')
  @FieldResolver(() => ConversationHandlingConnection, {
    description: 'How it went from what somebody wrote to its close, newest first.',
  })
  async handlings(
    @Root() { conversation }: ConversationType,
    @Args(() => ConnectionArgs) args: ConnectionArgs,
    @Ctx() context: GraphqlContext,
  ): Promise<Connection<ConversationHandlingType>> {
    const load = (ids: readonly string[]) => this.#reader.listOfEach(context.ctx, ids, args);
    const name = `handlings ${JSON.stringify(args)}`;
    const page = await context.loader<string, Page<ConversationHandling>>(name, load).load(conversation.id);
    return toConnection(page, (handling) => new ConversationHandlingType(handling));
  }
}

@Resolver(() => SubaccountType)
export class SubaccountResponseTimesResolver {
  readonly #reader: HandlingReader;

  constructor(reader: HandlingReader) {
    this.#reader = reader;
  }

  @Access('conversation:read')
  @FieldResolver(() => ResponseTimesType, { description: 'How fast people were answered.' })
  async responseTimes(
    @Root() { subaccount }: SubaccountType,
    @Args(() => ResponseTimesArgs) args: ResponseTimesArgs,
    @Ctx() context: GraphqlContext,
  ): Promise<ResponseTimesType> {
    const load = (ids: readonly string[]) => this.#reader.summarize(context.ctx, ids, args.toRange());
    const name = `response times ${JSON.stringify(args)}`;
    return new ResponseTimesType(await context.loader<string, ResponseTimes>(name, load).load(subaccount.id));
  }
}

import 'reflect-metadata';
import { Args, Ctx, FieldResolver, Resolver, Root, Subscription } from 'type-graphql';
import { Access } from '../../../graphql/kit/access.js';
import type { EventType, EventWrapper, ProvidesEvents } from '../../../graphql/kit/event.types.js';
import type { GraphqlContext } from '../../../graphql/kit/graphql-context.js';
import { subscribeWith } from '../../../graphql/kit/subscription.js';
import { kernelErrors } from '../../../kernel/errors.js';
import type { EventTopic, StoredEvent } from '../../../kernel/events.js';
import { fromPublicId } from '../../../kernel/ids.js';
import type { EventFeed } from '../../../platform/events/event-feed.js';
import { MessageEventArgs, MessageReceivedType, MessageStatusChangedType } from './message-events.types.js';
import type { MessageReader } from './message.reader.js';
import { MessageType } from './message.types.js';

/** Views of the event log: what is missed can be had again from a cursor. */
@Resolver(() => MessageReceivedType)
export class MessageReceivedResolver implements ProvidesEvents {
  readonly eventTypes: Partial<Record<EventTopic, EventWrapper>> = {
    'message.received': (event) => new MessageReceivedType(event),
  };
  readonly #feed: EventFeed;
  readonly #reader: MessageReader;

  constructor(feed: EventFeed, reader: MessageReader) {
    this.#feed = feed;
    this.#reader = reader;
  }

  @Access('message:read')
  @Subscription(() => MessageReceivedType, {
    description: 'Messages as they arrive.',
    subscribe: subscribeWith(
      () => MessageReceivedResolver,
      (resolver, args: MessageEventArgs, context) => resolver.follow(args, context),
    ),
  })
  messageReceived(
    @Args(() => MessageEventArgs) _args: MessageEventArgs,
    @Root() event: StoredEvent,
  ): MessageReceivedType {
    return new MessageReceivedType(event);
  }

  @Access('message:read')
  @FieldResolver(() => MessageType, { description: 'The message as it is now.' })
  async message(@Root() root: MessageReceivedType, @Ctx() context: GraphqlContext): Promise<object | null> {
    return messageOf(root, context);
  }

  follow(args: MessageEventArgs, context: GraphqlContext): AsyncIterable<StoredEvent> {
    return followMessages(this.#feed, this.#reader, 'message.received', args, context);
  }
}

@Resolver(() => MessageStatusChangedType)
export class MessageStatusChangedResolver implements ProvidesEvents {
  readonly eventTypes: Partial<Record<EventTopic, EventWrapper>> = {
    'message.status_changed': (event) => new MessageStatusChangedType(event),
  };
  readonly #feed: EventFeed;
  readonly #reader: MessageReader;

  constructor(feed: EventFeed, reader: MessageReader) {
    this.#feed = feed;
    this.#reader = reader;
  }

  @Access('message:read')
  @Subscription(() => MessageStatusChangedType, {
    description: 'Changes of status as they happen.',
    subscribe: subscribeWith(
      () => MessageStatusChangedResolver,
      (resolver, args: MessageEventArgs, context) => resolver.follow(args, context),
    ),
  })
  messageStatusChanged(
    @Args(() => MessageEventArgs) _args: MessageEventArgs,
    @Root() event: StoredEvent,
  ): MessageStatusChangedType {
    return new MessageStatusChangedType(event);
  }

  @Access('message:read')
  @FieldResolver(() => MessageType, { description: 'The message as it is now.' })
  async message(
    @Root() root: MessageStatusChangedType,
    @Ctx() context: GraphqlContext,
  ): Promise<object | null> {
    return messageOf(root, context);
  }

  follow(args: MessageEventArgs, context: GraphqlContext): AsyncIterable<StoredEvent> {
    return followMessages(this.#feed, this.#reader, 'message.status_changed', args, context);
  }
}

async function* followMessages(
  feed: EventFeed,
  reader: MessageReader,
  topic: EventTopic,
  args: MessageEventArgs,
  { ctx, recheck, signal }: GraphqlContext,
): AsyncGenerator<StoredEvent, void, undefined> {
  const streamId = fromPublicId('Subaccount', args.subaccountId, 'subaccountId');
  const deviceId = args.deviceId == null ? null : fromPublicId('Device', args.deviceId, 'deviceId');
  if (deviceId !== null && (await reader.findDevices(ctx, [deviceId])).length === 0) {
    throw kernelErrors.NOT_FOUND();
  }
  yield* feed.follow(ctx, {
    streamId,
    after: args.after ?? null,
    topics: [topic],
    filter: ({ payload }) => deviceId === null || payload['deviceId'] === deviceId,
    recheck,
    signal,
  });
}

async function messageOf({ event }: EventType, context: GraphqlContext): Promise<object | null> {
  return context.nodes.find(context, 'Message', String(event.payload['messageId']));
}

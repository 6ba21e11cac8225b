import 'reflect-metadata';
import { Args, Ctx, FieldResolver, Resolver, Root, Subscription } from 'type-graphql';
import { Access } from '../../../graphql/kit/access.js';
import type { EventWrapper, ProvidesEvents } from '../../../graphql/kit/event.types.js';
import type { GraphqlContext } from '../../../graphql/kit/graphql-context.js';
import { subscribeWith } from '../../../graphql/kit/subscription.js';
import { kernelErrors } from '../../../kernel/errors.js';
import type { EventTopic, StoredEvent } from '../../../kernel/events.js';
import { fromPublicId } from '../../../kernel/ids.js';
import type { EventFeed } from '../../../platform/events/event-feed.js';
import { ConversationEventArgs, ConversationUpdatedType } from './conversation-events.types.js';
import { CONVERSATION_TOPICS } from './conversation.events.js';
import { NOTE_TOPICS } from '../note/note.events.js';
import type { ConversationReader } from './conversation.reader.js';
import { ConversationType } from './conversation.types.js';

const TOPICS = [...CONVERSATION_TOPICS, ...NOTE_TOPICS] as const;

/** A view of the event log: what is missed can be had again from a cursor. */
@Resolver(() => ConversationUpdatedType)
export class ConversationUpdatedResolver implements ProvidesEvents {
  readonly eventTypes: Partial<Record<EventTopic, EventWrapper>> = Object.fromEntries(
    TOPICS.map((topic) => [topic, (event: StoredEvent) => new ConversationUpdatedType(event)]),
  );
  readonly #feed: EventFeed;
  readonly #reader: ConversationReader;

  constructor(feed: EventFeed, reader: ConversationReader) {
    this.#feed = feed;
    this.#reader = reader;
  }

  @Access('conversation:read')
  @Subscription(() => ConversationUpdatedType, {
    description: 'Changes of conversations as they happen: what an inbox that is being looked at needs.',
    subscribe: subscribeWith(
      () => ConversationUpdatedResolver,
      (resolver, args: ConversationEventArgs, context) => resolver.follow(args, context),
    ),
  })
  conversationUpdated(
    @Args(() => ConversationEventArgs) _args: ConversationEventArgs,
    @Root() event: StoredEvent,
  ): ConversationUpdatedType {
    return new ConversationUpdatedType(event);
  }

  @Access('conversation:read')
  @FieldResolver(() => ConversationType, {
    nullable: true,
    description: 'The conversation as it is now; null when it was merged into another one.',
  })
  async conversation(
    @Root() { event }: ConversationUpdatedType,
    @Ctx() context: GraphqlContext,
  ): Promise<object | null> {
    return context.nodes.find(context, 'Conversation', String(event.payload['conversationId']));
  }

  async *follow(
    args: ConversationEventArgs,
    { ctx, recheck, signal }: GraphqlContext,
  ): AsyncGenerator<StoredEvent, void, undefined> {
    const streamId = fromPublicId('Subaccount', args.subaccountId, 'subaccountId');
    const deviceId = args.deviceId == null ? null : fromPublicId('Device', args.deviceId, 'deviceId');
    const only =
      args.conversationId == null
        ? null
        : fromPublicId('Conversation', args.conversationId, 'conversationId');
    if (only !== null) await this.#reader.get(ctx, only);
    if (deviceId !== null && !(await this.#reader.hasDevice(ctx, deviceId))) throw kernelErrors.NOT_FOUND();
    yield* this.#feed.follow(ctx, {
      streamId,
      after: args.after ?? null,
      topics: [...TOPICS],
      filter: ({ payload }) =>
        (deviceId === null || payload['deviceId'] === deviceId) &&
        (only === null || payload['conversationId'] === only),
      recheck,
      signal,
    });
  }
}

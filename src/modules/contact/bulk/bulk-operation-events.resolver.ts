import 'reflect-metadata';
import { Args, Ctx, FieldResolver, Resolver, Root, Subscription } from 'type-graphql';
import { Access } from '../../../graphql/kit/access.js';
import type { EventWrapper, ProvidesEvents } from '../../../graphql/kit/event.types.js';
import type { GraphqlContext } from '../../../graphql/kit/graphql-context.js';
import { subscribeWith } from '../../../graphql/kit/subscription.js';
import type { EventTopic, StoredEvent } from '../../../kernel/events.js';
import { fromPublicId } from '../../../kernel/ids.js';
import type { EventFeed } from '../../../platform/events/event-feed.js';
import { BULK_TOPIC } from './bulk-operation.events.js';
import type { BulkOperationService } from './bulk-operation.service.js';
import {
  BulkOperationEventArgs,
  BulkOperationType,
  BulkOperationUpdatedType,
} from './bulk-operation.types.js';

/** A view of the event log: what is missed can be had again from a cursor. */
@Resolver(() => BulkOperationUpdatedType)
export class BulkOperationUpdatedResolver implements ProvidesEvents {
  readonly eventTypes: Partial<Record<EventTopic, EventWrapper>> = {
    [BULK_TOPIC]: (event) => new BulkOperationUpdatedType(event),
  };
  readonly #feed: EventFeed;
  readonly #operations: BulkOperationService;

  constructor(feed: EventFeed, operations: BulkOperationService) {
    this.#feed = feed;
    this.#operations = operations;
  }

  @Access('contact:read')
  @Subscription(() => BulkOperationUpdatedType, {
    description: 'How imports and exports go on: what a progress bar needs.',
    subscribe: subscribeWith(
      () => BulkOperationUpdatedResolver,
      (resolver, args: BulkOperationEventArgs, context) => resolver.follow(args, context),
    ),
  })
  bulkOperationUpdated(
    @Args(() => BulkOperationEventArgs) _args: BulkOperationEventArgs,
    @Root() event: StoredEvent,
  ): BulkOperationUpdatedType {
    return new BulkOperationUpdatedType(event);
  }

  @Access('contact:read')
  @FieldResolver(() => BulkOperationType, {
    nullable: true,
    description: 'The operation as it is now; null when it is gone.',
  })
  async bulkOperation(
    @Root() { event }: BulkOperationUpdatedType,
    @Ctx() context: GraphqlContext,
  ): Promise<object | null> {
    return context.nodes.find(context, 'BulkOperation', String(event.payload['bulkOperationId']));
  }

  async *follow(
    { subaccountId, bulkOperationId, after }: BulkOperationEventArgs,
    { ctx, recheck, signal }: GraphqlContext,
  ): AsyncGenerator<StoredEvent, void, undefined> {
    const streamId = fromPublicId('Subaccount', subaccountId, 'subaccountId');
    const only =
      bulkOperationId == null ? null : fromPublicId('BulkOperation', bulkOperationId, 'bulkOperationId');
    if (only !== null) await this.#operations.get(ctx, only);
    yield* this.#feed.follow(ctx, {
      streamId,
      after: after ?? null,
      topics: [BULK_TOPIC],
      filter: ({ payload }) => only === null || payload['bulkOperationId'] === only,
      recheck,
      signal,
    });
  }
}

import 'reflect-metadata';
import { Args, Ctx, FieldResolver, Resolver, Root, Subscription } from 'type-graphql';
import { Access } from '../../../graphql/kit/access.js';
import type { EventWrapper, ProvidesEvents } from '../../../graphql/kit/event.types.js';
import type { GraphqlContext } from '../../../graphql/kit/graphql-context.js';
import { subscribeWith } from '../../../graphql/kit/subscription.js';
import type { EventTopic, StoredEvent } from '../../../kernel/events.js';
import { fromPublicId } from '../../../kernel/ids.js';
import type { EventFeed } from '../../../platform/events/event-feed.js';
import type { PipelineService } from '../pipeline.service.js';
import { DEAL_TOPICS } from './deal.events.js';
import { DealEventArgs, DealUpdatedType } from './deal-events.types.js';
import { DealType } from './deal.types.js';

/** A view of the event log: what is missed can be had again from a cursor. */
@Resolver(() => DealUpdatedType)
export class DealUpdatedResolver implements ProvidesEvents {
  readonly eventTypes: Partial<Record<EventTopic, EventWrapper>> = Object.fromEntries(
    DEAL_TOPICS.map((topic) => [topic, (event: StoredEvent) => new DealUpdatedType(event)]),
  );
  readonly #feed: EventFeed;
  readonly #pipelines: PipelineService;

  constructor(feed: EventFeed, pipelines: PipelineService) {
    this.#feed = feed;
    this.#pipelines = pipelines;
  }

  @Access('deal:read')
  @Subscription(() => DealUpdatedType, {
    description: 'Changes of deals as they happen: what a board that is being looked at needs.',
    subscribe: subscribeWith(
      () => DealUpdatedResolver,
      (resolver, args: DealEventArgs, context) => resolver.follow(args, context),
    ),
  })
  dealUpdated(@Args(() => DealEventArgs) _args: DealEventArgs, @Root() event: StoredEvent): DealUpdatedType {
    return new DealUpdatedType(event);
  }

  @Access('deal:read')
  @FieldResolver(() => DealType, {
    nullable: true,
    description: 'The deal as it is now; null when it is gone.',
  })
  async deal(@Root() { event }: DealUpdatedType, @Ctx() context: GraphqlContext): Promise<object | null> {
    return context.nodes.find(context, 'Deal', String(event.payload['dealId']));
  }

  async *follow(
    { subaccountId, pipelineId, after }: DealEventArgs,
    { ctx, recheck, signal }: GraphqlContext,
  ): AsyncGenerator<StoredEvent, void, undefined> {
    const streamId = fromPublicId('Subaccount', subaccountId, 'subaccountId');
    const only = pipelineId == null ? null : fromPublicId('Pipeline', pipelineId, 'pipelineId');
    if (only !== null) await this.#pipelines.get(ctx, only);
    yield* this.#feed.follow(ctx, {
      streamId,
      after: after ?? null,
      topics: [...DEAL_TOPICS],
      filter: ({ payload }) => only === null || payload['pipelineId'] === only,
      recheck,
      signal,
    });
  }
}

import 'reflect-metadata';
import { Args, Ctx, FieldResolver, Query, Resolver, Root, Subscription } from 'type-graphql';
import type { Context } from '../../kernel/context.js';
import { kernelErrors } from '../../kernel/errors.js';
import type { StoredEvent } from '../../kernel/events.js';
import { fromPublicId } from '../../kernel/ids.js';
import { pageSize } from '../../kernel/page.js';
import type { EventFeed } from '../../platform/events/event-feed.js';
import type { EventLog } from '../../platform/events/event-log.js';
import { Access } from '../kit/access.js';
import { EventType } from '../kit/event.types.js';
import type { EventTypes } from '../kit/event.types.js';
import type { GraphqlContext } from '../kit/graphql-context.js';
import { Node } from '../kit/node.js';
import { subscribeWith } from '../kit/subscription.js';
import { EventPageArgs, EventPageType, EventStreamArgs, ObjectChangedType } from './event.types.js';

@Resolver()
export class EventResolver {
  readonly #log: EventLog;
  readonly #feed: EventFeed;
  readonly #types: EventTypes;

  constructor(options: { readonly log: EventLog; readonly feed: EventFeed; readonly types: EventTypes }) {
    this.#log = options.log;
    this.#feed = options.feed;
    this.#types = options.types;
  }

  @Access('event:read')
  @Query(() => EventPageType, { name: 'events', description: 'What happened, without a websocket.' })
  async listEvents(
    @Ctx() { ctx }: GraphqlContext,
    @Args(() => EventPageArgs) args: EventPageArgs,
  ): Promise<EventPageType> {
    const streamId = streamOf(ctx, args);
    const limit = pageSize({ first: args.first });
    const { oldest, latest } = await this.#log.bounds(ctx, streamId);
    // The first event of a stream is the creation of its owner.
    if (latest.seq === 0) throw kernelErrors.NOT_FOUND();
    const { after = null, topics } = args;
    const batch = await this.#log.read(ctx, { streamId, after, limit, ...(topics != null && { topics }) });
    return new EventPageType({
      events: batch.events.map((event) => this.#types.wrap(event)),
      endCursor: batch.position,
      hasMore: batch.position.seq < latest.seq,
      oldestAvailable: oldest,
    });
  }

  @Access('event:read')
  @Subscription(() => EventType, {
    description: 'Everything that happens in a stream, in order and without gaps when resumed with `after`.',
    subscribe: subscribeWith(
      () => EventResolver,
      (resolver, args: EventStreamArgs, context) => resolver.follow(args, context),
    ),
  })
  events(@Args(() => EventStreamArgs) _args: EventStreamArgs, @Root() event: StoredEvent): EventType {
    return this.#types.wrap(event);
  }

  follow(args: EventStreamArgs, context: GraphqlContext): AsyncIterable<StoredEvent> {
    const { after, topics } = args;
    return this.#feed.follow(context.ctx, {
      streamId: streamOf(context.ctx, args),
      ...(after != null && { after }),
      ...(topics != null && { topics }),
      recheck: context.recheck,
      signal: context.signal,
    });
  }
}

@Resolver(() => ObjectChangedType)
export class ObjectChangedResolver {
  @Access('event:read')
  @FieldResolver(() => Node, {
    nullable: true,
    description: 'The object as it is now; null when it is gone or the caller may not read it.',
  })
  async node(@Root() { subject }: ObjectChangedType, @Ctx() context: GraphqlContext): Promise<object | null> {
    return subject === null ? null : context.nodes.findVisible(context, subject.type, subject.uuid);
  }
}

function streamOf(ctx: Context, { subaccountId }: EventStreamArgs): string {
  if (subaccountId != null) return fromPublicId('Subaccount', subaccountId, 'subaccountId');
  if (ctx.isAgencyWide) return ctx.requireScope().agencyId;
  const message = "Only callers of the whole agency may read the agency's stream; name a subaccountId.";
  throw kernelErrors.ACTION_NOT_ALLOWED({ message, data: { action: 'event:read' } });
}

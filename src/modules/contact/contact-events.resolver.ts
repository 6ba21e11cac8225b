import 'reflect-metadata';
import { Args, Ctx, FieldResolver, Resolver, Root, Subscription } from 'type-graphql';
import { Access } from '../../graphql/kit/access.js';
import type { EventWrapper, ProvidesEvents } from '../../graphql/kit/event.types.js';
import type { GraphqlContext } from '../../graphql/kit/graphql-context.js';
import { subscribeWith } from '../../graphql/kit/subscription.js';
import type { EventTopic, StoredEvent } from '../../kernel/events.js';
import { fromPublicId } from '../../kernel/ids.js';
import type { EventFeed } from '../../platform/events/event-feed.js';
import { ContactEventArgs, ContactUpdatedType } from './contact-events.types.js';
import { CONTACT_TOPICS } from './contact.events.js';
import type { ContactReader } from './contact.reader.js';
import { ContactType } from './contact.types.js';

/** A view of the event log: what is missed can be had again from a cursor. */
@Resolver(() => ContactUpdatedType)
export class ContactUpdatedResolver implements ProvidesEvents {
  readonly eventTypes: Partial<Record<EventTopic, EventWrapper>> = Object.fromEntries(
    CONTACT_TOPICS.map((topic) => [topic, (event: StoredEvent) => new ContactUpdatedType(event)]),
  );
  readonly #feed: EventFeed;
  readonly #reader: ContactReader;

  constructor(feed: EventFeed, reader: ContactReader) {
    this.#feed = feed;
    this.#reader = reader;
  }

  @Access('contact:read')
  @Subscription(() => ContactUpdatedType, {
    description: 'Changes of contacts as they happen.',
    subscribe: subscribeWith(
      () => ContactUpdatedResolver,
      (resolver, args: ContactEventArgs, context) => resolver.follow(args, context),
    ),
  })
  contactUpdated(
    @Args(() => ContactEventArgs) _args: ContactEventArgs,
    @Root() event: StoredEvent,
  ): ContactUpdatedType {
    return new ContactUpdatedType(event);
  }

  @Access('contact:read')
  @FieldResolver(() => ContactType, {
    nullable: true,
    description: 'The contact as it is now; null when it is gone.',
  })
  async contact(
    @Root() { event }: ContactUpdatedType,
    @Ctx() context: GraphqlContext,
  ): Promise<object | null> {
    return context.nodes.find(context, 'Contact', String(event.payload['contactId']));
  }

  async *follow(
    { subaccountId, contactId, after }: ContactEventArgs,
    { ctx, recheck, signal }: GraphqlContext,
  ): AsyncGenerator<StoredEvent, void, undefined> {
    const streamId = fromPublicId('Subaccount', subaccountId, 'subaccountId');
    const only = contactId == null ? null : fromPublicId('Contact', contactId, 'contactId');
    if (only !== null) await this.#reader.get(ctx, only);
    yield* this.#feed.follow(ctx, {
      streamId,
      after: after ?? null,
      topics: [...CONTACT_TOPICS],
      filter: ({ payload }) => only === null || payload['contactId'] === only,
      recheck,
      signal,
    });
  }
}

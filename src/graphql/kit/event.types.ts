import 'reflect-metadata';
import { Field, ID, InterfaceType, registerEnumType } from 'type-graphql';
import { EVENT_TOPICS, eventIdOf } from '../../kernel/events.js';
import type { EventCursor as Cursor, EventTopic, StoredEvent } from '../../kernel/events.js';
import { toPublicId } from '../../kernel/ids.js';
import { ActorType } from './actor.types.js';
import { DateTime, EventCursor } from './scalars.js';

const TOPIC_DESCRIPTIONS: Record<EventTopic, string> = {
  'agency.created': 'The agency was created.',
  'subaccount.created': 'A subaccount was created.',
  'subaccount.updated': 'A subaccount was changed.',
  'subaccount.suspended': 'A subaccount was suspended: its devices disconnect, nothing is sent.',
  'subaccount.resumed': 'A subaccount was resumed: its devices come back.',
  'user.created': 'A user was created.',
  'user.updated': 'A user got another role or other subaccounts.',
  'user.removed': 'A user left the agency.',
  'user.password_changed': 'A user got another password.',
  'user.logged_in': 'A user logged in.',
  'member.added': 'A user works for the subaccount from now on.',
  'member.updated': 'A user has another role in the subaccount.',
  'member.removed': 'A user does not work for the subaccount any more.',
  'invitation.created': 'Somebody was invited.',
  'invitation.resent': 'An invitation got another token.',
  'invitation.revoked': 'An invitation was taken back.',
  'invitation.accepted': 'Somebody accepted an invitation and is a user now.',
  'team.created': 'A team was created.',
  'team.updated': 'A team has another name or other members.',
  'team.deleted': 'A team was deleted.',
  'api_key.created': 'An API key was created.',
  'api_key.revoked': 'An API key was revoked.',
  'device.created': 'A device was created.',
  'device.updated': 'A device got another label or priority.',
  'device.deleted': 'A device was deleted.',
  'device.token_regenerated': 'A device got a new token.',
  'device.status_changed': 'A device has another status.',
  'device.pairing_updated': 'The pairing of a device went on.',
  'device.messages_unreadable':
    'Messages of somebody to a device cannot be read, one after another. Theirs are tried again now and then until one can.',
  'device.quota_low': 'One message in ten is left of a pool of a device.',
  'device.quota_exhausted': 'The last message of a pool of a device was taken.',
  'device.voucher_redeemed': 'A device redeemed a voucher.',
  'contact.created': 'A contact was created.',
  'contact.updated': 'A contact changed.',
  'contact.tag_added': 'A contact got a tag.',
  'contact.tag_removed': 'A tag was taken from a contact.',
  'contact.opted_out': 'A person wants no messages that nobody typed.',
  'contact.opted_in': 'A person wants messages again.',
  'contact.blocked': 'Nothing is sent to a contact any more.',
  'contact.unblocked': 'A contact can be written to again.',
  'contact.merged': 'Two contacts turned out to be one person; one of them is gone.',
  'contact.deleted': 'A contact was deleted.',
  'contact_field.created': 'A contact field was added.',
  'contact_field.updated': 'A contact field got another label or other options.',
  'contact_field.deleted': 'A contact field was deleted, with its values.',
  'contact_note.created': 'Something was written down about a contact.',
  'contact_note.updated': 'A note about a contact was changed.',
  'contact_note.deleted': 'A note about a contact was deleted.',
  'bulk_operation.updated': 'An import or export went on.',
  'contact_settings.updated': 'The words changed with which people opt out and in.',
  'conversation.created': 'A conversation began.',
  'canned_reply.created': 'A canned reply was made.',
  'canned_reply.updated': 'A canned reply changed.',
  'canned_reply.deleted': 'A canned reply was deleted.',
  'conversation.updated':
    'A conversation has another status, assignee, team or labels, or took in another one.',
  'conversation.read': 'What came in so far was marked as read, or as unread again.',
  'conversation.note_created': 'A colleague wrote a note about a conversation.',
  'conversation.note_deleted': 'A note about a conversation was deleted.',
  'conversation_view.created': 'A view of conversations was saved.',
  'conversation_view.updated': 'A view of conversations changed.',
  'conversation_view.deleted': 'A view of conversations was deleted.',
  'inbox_settings.updated': 'Working hours, away message or assignment of a subaccount changed.',
  'message.created': 'A message was accepted for sending, or seen before it could be read.',
  'message.received': 'A message from outside arrived.',
  'message.status_changed': 'A message has another status.',
  'message.updated': 'A message was edited or deleted, or its media became available or failed.',
  'webhook_endpoint.created': 'A webhook endpoint was created.',
  'webhook_endpoint.updated':
    'A webhook endpoint got another address, other topics, or was switched on or off.',
  'webhook_endpoint.deleted': 'A webhook endpoint was deleted.',
  'webhook_endpoint.secret_rotated': 'A webhook endpoint got a new secret.',
  'webhook_endpoint.disabled':
    'A webhook endpoint was switched off because it answered 410 or nothing reached it for days.',
  'pipeline.created': 'A pipeline was created.',
  'pipeline.updated': 'A pipeline or its stages changed.',
  'pipeline.deleted': 'A pipeline was deleted.',
  'deal.created': 'A deal was opened.',
  'deal.updated': 'A deal changed, or has another place in its stage.',
  'deal.moved': 'A deal is in another stage.',
  'deal.won': 'A deal came into a stage that counts as won.',
  'deal.lost': 'A deal came into a stage that counts as lost.',
  'deal.deleted': 'A deal was deleted.',
  'automation.created': 'An automation was created.',
  'automation.updated': 'An automation was changed, moved, or switched on or off.',
  'automation.deleted': 'An automation was deleted.',
  'automation.called': 'Somebody called the URL of an automation.',
  'automation.run_failed': 'A step of an automation failed, and its run ended with that.',
};

const enumName = (topic: EventTopic): string => topic.replace('.', '_').toUpperCase();

/** `DEVICE_STATUS_CHANGED` outside, `device.status_changed` inside. */
export const EventTopicEnum: Readonly<Record<string, EventTopic>> = Object.fromEntries(
  EVENT_TOPICS.map((topic) => [enumName(topic), topic]),
);
registerEnumType(EventTopicEnum, {
  name: 'EventTopic',
  description: 'What an event is about.',
  valuesConfig: Object.fromEntries(
    EVENT_TOPICS.map((topic) => [enumName(topic), { description: TOPIC_DESCRIPTIONS[topic] }]),
  ),
});

/** Extend it to show the events of a topic as a type of their own. */
@InterfaceType('Event', { description: 'Something that happened, at its place in a stream.' })
export abstract class EventType {
  constructor(readonly event: StoredEvent) {}

  @Field(() => ID, { description: 'Unique; the same however often the event is delivered.' })
  get id(): string {
    return toPublicId('Event', eventIdOf(this.event));
  }

  @Field(() => EventCursor, { description: 'Pass it as `after` to go on behind this event.' })
  get cursor(): Cursor {
    return { streamId: this.event.streamId, seq: this.event.seq };
  }

  @Field(() => EventTopicEnum, { description: 'What it is about.' })
  get topic(): EventTopic {
    return this.event.topic;
  }

  @Field(() => DateTime, { description: 'When it happened.' })
  get occurredAt(): Date {
    return this.event.occurredAt;
  }

  @Field(() => ActorType, {
    nullable: true,
    description: 'Who made it happen; null for events of an earlier version.',
  })
  get actor(): ActorType | null {
    return this.event.actor === null ? null : new ActorType(this.event.actor);
  }
}

export type EventWrapper = (event: StoredEvent) => EventType;

/** A resolver class may say how events of its topics are shown; the schema collects it. */
export interface ProvidesEvents {
  readonly eventTypes: Partial<Record<EventTopic, EventWrapper>>;
}

/** How the stored events of each topic become objects of the API. */
export class EventTypes {
  readonly #wrappers = new Map<EventTopic, EventWrapper>();
  readonly #otherwise: EventWrapper;

  /** `otherwise` serves the topics that no module shows as a type of its own. */
  constructor(otherwise: EventWrapper) {
    this.#otherwise = otherwise;
  }

  register(topic: EventTopic, wrapper: EventWrapper): void {
    if (this.#wrappers.has(topic)) throw new Error(`two types for the topic ${topic}`);
    this.#wrappers.set(topic, wrapper);
  }

  wrap(event: StoredEvent): EventType {
    return (this.#wrappers.get(event.topic) ?? this.#otherwise)(event);
  }
}

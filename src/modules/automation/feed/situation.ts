import type { EntityManager } from '@mikro-orm/postgresql';
import { eventIdOf } from '../../../kernel/events.js';
import type { EventTopic, StoredEvent } from '../../../kernel/events.js';
import { attentionOf } from '../../device/index.js';
import { findFirstInbound, idIn, loadSubjects } from '../../messaging/index.js';
import type { Message, Subject } from '../../messaging/index.js';
import { Deal } from '../../pipeline/index.js';
import type { RunSubject } from '../run/run.entity.js';
import type { Happening } from './happening.js';

/** Answering what was written longer ago would surprise people. */
const LATE_MS = 10 * 60_000;

/** What rules make of events with other topics is nothing. */
const TOPICS: ReadonlySet<EventTopic> = new Set<EventTopic>([
  'message.received',
  'deal.moved',
  'device.status_changed',
  'contact.tag_added',
  'conversation.updated',
  'automation.called',
]);

/** Statuses that a device does not leave by itself. */
const STUCK: ReadonlySet<unknown> = new Set(['LOGGED_OUT', 'REPLACED', 'REJECTED', 'BANNED']);

/** An event as rules see it, with what it is about as that is when the event is read. */
export interface Situation {
  readonly eventId: string;
  /** How many rules led to it. */
  readonly depth: number;
  readonly happening: Happening;
  readonly subject: RunSubject;
  readonly text: string | null;
  readonly stageId: string | null;
  readonly isLate: boolean;
}

/** What a batch of events means, in its order; one statement for each kind of object. */
export async function loadSituations(
  em: EntityManager,
  events: readonly StoredEvent[],
  now: Date,
): Promise<readonly (Situation & { readonly seq: number })[]> {
  const wanted = events.filter(({ topic }) => TOPICS.has(topic));
  if (wanted.length === 0) return [];
  const subjectOf = await loadSubjects(em, wanted);
  const subjects = new Map(wanted.map((event) => [event, subjectOf(event)]));
  const writers = [...subjects.values()].flatMap(({ message, contact }) =>
    message === null || contact === null ? [] : [contact.id],
  );
  const firstInbound = await findFirstInbound(em, writers);
  const dealIds = wanted.map(({ payload }) => idIn(payload, 'dealId')).filter((id) => id !== '');
  const deals = new Map((await em.find(Deal, { id: { $in: dealIds } })).map((deal) => [deal.id, deal]));
  return wanted.flatMap((event) => {
    const subject = subjectOf(event);
    const deal = deals.get(idIn(event.payload, 'dealId')) ?? null;
    const happening = happeningOf(event, subject, { firstInbound, now });
    if (happening === null) return [];
    return [
      {
        seq: event.seq,
        eventId: eventIdOf(event),
        depth: depthOf(event),
        happening,
        subject: namesOf(event, subject, deal),
        text: subject.message?.text ?? null,
        stageId: deal?.stageId ?? null,
        isLate: isLate(event, subject.message, now),
      },
    ];
  });
}

function happeningOf(
  { topic, payload }: StoredEvent,
  { message, contact, device }: Subject,
  { firstInbound, now }: { readonly firstInbound: ReadonlyMap<string, Date>; readonly now: Date },
): Happening | null {
  switch (topic) {
    case 'message.received': {
      // Of groups there is no contact; a reaction is no message to answer.
      if (message === null || contact === null || message.kind === 'REACTION') return null;
      const first = firstInbound.get(contact.id);
      const isFirst = first === undefined || (message.sentAt ?? message.createdAt) <= first;
      return { kind: 'MESSAGE', text: message.text ?? null, isFirst };
    }
    case 'deal.moved':
      return {
        kind: 'DEAL_MOVED',
        pipelineId: idIn(payload, 'pipelineId'),
        stageId: idIn(payload, 'stageId'),
      };
    case 'device.status_changed':
      // Somebody may have logged it out on purpose.
      return STUCK.has(payload['status']) && device !== null && attentionOf(device, now).length > 0
        ? { kind: 'DEVICE_NEEDS_ATTENTION' }
        : null;
    case 'contact.tag_added':
      return { kind: 'TAG_ADDED', tag: idIn(payload, 'tag') };
    case 'conversation.updated':
      return assignmentIn(payload);
    case 'automation.called':
      return { kind: 'WEBHOOK_CALLED', automationId: idIn(payload, 'automationId') };
    default:
      return null;
  }
}

/** Only to somebody: taking a conversation away is no assignment. */
function assignmentIn(payload: StoredEvent['payload']): Happening | null {
  const { changed } = payload;
  const says = (aspect: string): boolean => Array.isArray(changed) && changed.includes(aspect);
  const assigneeId = (says('ASSIGNEE') && idIn(payload, 'assigneeId')) || null;
  const teamId = (says('TEAM') && idIn(payload, 'teamId')) || null;
  return assigneeId === null && teamId === null
    ? null
    : { kind: 'CONVERSATION_ASSIGNED', assigneeId, teamId };
}

function namesOf(
  { payload }: StoredEvent,
  { message, conversation, contact }: Subject,
  deal: Deal | null,
): RunSubject {
  return {
    contactId: contact?.id ?? deal?.contactId ?? null,
    conversationId: conversation?.id ?? null,
    messageId: message?.id ?? null,
    dealId: deal?.id ?? null,
    deviceId: idIn(payload, 'deviceId') || null,
  };
}

function depthOf({ actor }: StoredEvent): number {
  return actor?.kind === 'AUTOMATION' ? actor.depth : 0;
}

/** What arrived while the device was away, or is read long after it happened. */
function isLate({ occurredAt }: StoredEvent, message: Message | null, now: Date): boolean {
  return message?.caughtUp === true || now.getTime() - occurredAt.getTime() > LATE_MS;
}

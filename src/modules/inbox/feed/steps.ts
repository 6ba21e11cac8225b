import type { EventActor, StoredEvent } from '../../../kernel/events.js';
import type { Step } from '../handling/handling.book.js';
import type { MessageFacts } from './inbox-events.js';

/** Rules and the server itself answer at once, which nobody counts as an answer. */
const PEOPLE: ReadonlySet<EventActor['kind']> = new Set(['USER', 'API_KEY', 'DEVICE_TOKEN', 'DEVICE']);

/** What the events say about waiting. */
export function stepsOf(events: readonly StoredEvent[], messages: ReadonlyMap<string, MessageFacts>): Step[] {
  return events.flatMap((event): Step[] => {
    const { payload, occurredAt: at } = event;
    const userId = event.actor?.kind === 'USER' ? event.actor.userId : null;
    if (event.topic === 'conversation.updated') {
      const { conversationId } = payload;
      const closes = isAbout(event, 'STATUS') && payload['status'] === 'CLOSED';
      return closes && typeof conversationId === 'string'
        ? [{ kind: 'CLOSED', conversationId, at, userId }]
        : [];
    }
    const message = messages.get(String(payload['messageId']));
    if (message === undefined || message.kind === 'REACTION') return [];
    const { conversationId } = message;
    if (event.topic === 'message.received') return [{ kind: 'RECEIVED', conversationId, at, userId: null }];
    const answers =
      event.topic === 'message.created' &&
      message.direction === 'OUTBOUND' &&
      (event.actor === null || PEOPLE.has(event.actor.kind));
    return answers ? [{ kind: 'ANSWERED', conversationId, at, userId }] : [];
  });
}

/** The conversation that somebody may have to be found for. */
export function conversationToAssign(
  event: StoredEvent,
  messages: ReadonlyMap<string, MessageFacts>,
): string | null {
  const { topic, payload } = event;
  if (topic === 'message.received') {
    const message = messages.get(String(payload['messageId']));
    return message === undefined || message.kind === 'REACTION' ? null : message.conversationId;
  }
  const { conversationId } = payload;
  const matters = topic === 'conversation.updated' && (isAbout(event, 'LABELS') || isAbout(event, 'STATUS'));
  return matters && typeof conversationId === 'string' ? conversationId : null;
}

function isAbout({ payload: { changed } }: StoredEvent, change: string): boolean {
  return Array.isArray(changed) && changed.includes(change);
}

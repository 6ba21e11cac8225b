import type { EventActor, EventActorKind, EventTopic } from '../../kernel/events.js';

/** Whether an event is an entry: whoever makes it happen, only when somebody from outside or a rule does, or never. */
type AuditRule = 'ALWAYS' | 'BY_CALLERS' | 'NEVER';

/** Topics whose rule differs from BY_CALLERS, each with its reason. A new topic is audited unless it is listed. */
const RULES: Partial<Record<EventTopic, AuditRule>> = {
  // Traffic: who sent what stands on the message.
  'message.created': 'NEVER',
  'message.received': 'NEVER',
  'message.status_changed': 'NEVER',
  'message.updated': 'NEVER',
  'conversation.created': 'NEVER',
  // Steps of what `device.status_changed` tells as a whole.
  'device.pairing_updated': 'NEVER',
  // They take something away, and the server decides it.
  'webhook_endpoint.disabled': 'ALWAYS',
};

/** The server by itself and WhatsApp do not count as somebody. */
const CALLERS: ReadonlySet<EventActorKind> = new Set<EventActorKind>([
  'OPERATOR',
  'USER',
  'API_KEY',
  'DEVICE_TOKEN',
  'AUTOMATION',
  'ANONYMOUS',
]);

export function isAudited(topic: EventTopic, actor: EventActor | null): boolean {
  switch (RULES[topic] ?? 'BY_CALLERS') {
    case 'ALWAYS':
      return true;
    case 'BY_CALLERS':
      return actor !== null && CALLERS.has(actor.kind);
    case 'NEVER':
      return false;
  }
}

/** Topics of which no event is ever an entry: readers of the log need not look at them. */
export const UNAUDITED_TOPICS = (Object.keys(RULES) as EventTopic[]).filter(
  (topic) => RULES[topic] === 'NEVER',
);

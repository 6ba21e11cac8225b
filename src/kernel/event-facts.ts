import type { EventActor, EventTopic } from './events.js';
import { ID_PREFIXES, toPublicId } from './ids.js';
import type { NodeType } from './ids.js';

/** An object of the API that an event names. */
export interface Subject {
  readonly type: NodeType;
  readonly uuid: string;
}

type Payload = Readonly<Record<string, unknown>>;

const NODE_TYPES = Object.keys(ID_PREFIXES) as NodeType[];
/** Nouns of topics that are no objects: what they are about instead. */
const NOUNS: Readonly<Record<string, string>> = { member: 'user' };

/** What an event is about: `device.created` with `deviceId` in its payload → ('Device', uuid). */
export function subjectOf(topic: EventTopic, payload: Payload): Subject | null {
  const word = topic.slice(0, topic.indexOf('.'));
  const name = (NOUNS[word] ?? word).replace(/_(.)/g, (_all, letter: string) => letter.toUpperCase());
  const type = NODE_TYPES.find((each) => each.toLowerCase() === name.toLowerCase());
  const uuid = payload[`${name}Id`];
  return type === undefined || typeof uuid !== 'string' ? null : { type, uuid };
}

/** Whom an actor stands for; null for those without an id. */
export function actorSubjectOf(actor: EventActor): Subject | null {
  switch (actor.kind) {
    case 'USER':
      return { type: 'User', uuid: actor.userId };
    case 'API_KEY':
      return { type: 'ApiKey', uuid: actor.apiKeyId };
    case 'DEVICE_TOKEN':
    case 'DEVICE':
      return { type: 'Device', uuid: actor.deviceId };
    case 'AUTOMATION':
      return { type: 'Automation', uuid: actor.automationId };
    default:
      return null;
  }
}

/** A payload for outside: ids become those of the API; uuids that it does not show stay inside. */
export function publicFacts(payload: Payload): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(payload)
      .map(([name, value]): [string, unknown] => [name, publicFact(name, value)])
      .filter(([, value]) => value !== undefined),
  );
}

function publicFact(name: string, value: unknown): unknown {
  const match = /^(.*)Ids?$/.exec(name);
  if (match === null) return value;
  const type = nodeTypeOf(match[1] ?? '');
  const idOf = (uuid: unknown): string[] =>
    type === undefined || typeof uuid !== 'string' ? [] : [toPublicId(type, uuid)];
  return Array.isArray(value) ? value.flatMap(idOf) : idOf(value)[0];
}

/** `message` of `messageId` and `mergedConversation` tell their types; the longest that fits, so that none hides another. */
function nodeTypeOf(name: string): NodeType | undefined {
  return NODE_TYPES.filter((type) => name.toLowerCase().endsWith(type.toLowerCase())).sort(
    (a, b) => b.length - a.length,
  )[0];
}

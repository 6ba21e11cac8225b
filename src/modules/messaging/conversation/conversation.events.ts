import type { NewEvent } from '../../../kernel/events.js';
import type { Conversation, WorkAspect } from './conversation.entity.js';

/** What became different: its messages are told by themselves. MERGED: those of another conversation came to it. */
export const CONVERSATION_CHANGES = ['STATUS', 'ASSIGNEE', 'TEAM', 'LABELS', 'MERGED'] as const;
export type ConversationChange = (typeof CONVERSATION_CHANGES)[number];

export const CONVERSATION_TOPICS = [
  'conversation.created',
  'conversation.updated',
  'conversation.read',
] as const;
export type ConversationTopic = (typeof CONVERSATION_TOPICS)[number];

type Names = Pick<Conversation, 'id' | 'subaccountId' | 'deviceId'>;

/** What people and rules decide about it. */
type Decided = Names & Pick<Conversation, 'status' | 'assigneeId' | 'teamId' | 'version'>;

export function conversationCreated(conversation: Names): NewEvent {
  return about(conversation, 'conversation.created', {});
}

/** `more` says what was before, as far as somebody asks: `fromStatus`, `fromAssigneeId`. */
export function conversationChanged(
  conversation: Decided,
  changed: readonly ConversationChange[],
  more: Readonly<Record<string, unknown>> = {},
): NewEvent {
  const { status, assigneeId, teamId, version } = conversation;
  const decided = { status, assigneeId: assigneeId ?? null, teamId: teamId ?? null, version };
  return about(conversation, 'conversation.updated', { changed, ...decided, ...more });
}

/** What a person decided before is told beside what is now. */
export function conversationWorked(
  conversation: Decided,
  changed: readonly WorkAspect[],
  before: Pick<Decided, 'status' | 'assigneeId'>,
): NewEvent {
  return conversationChanged(conversation, changed, {
    ...(changed.includes('STATUS') && { fromStatus: before.status }),
    ...(changed.includes('ASSIGNEE') && { fromAssigneeId: before.assigneeId ?? null }),
  });
}

/** `userId`: whose unread messages it was; null: everybody's, by a key or on the phone. */
export function conversationRead(conversation: Names, userId: string | null): NewEvent {
  return about(conversation, 'conversation.read', { userId });
}

function about(
  { id, subaccountId, deviceId }: Names,
  topic: ConversationTopic,
  more: Readonly<Record<string, unknown>>,
): NewEvent {
  return { topic, subaccountId, payload: { conversationId: id, deviceId, ...more } };
}

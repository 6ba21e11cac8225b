import type { NewEvent } from '../../../kernel/events.js';
import type { ConversationNote } from './note.entity.js';

export const NOTE_TOPICS = ['conversation.note_created', 'conversation.note_deleted'] as const;

/** `mentionedUserIds`: the users whom it names. */
export function noteCreated(note: ConversationNote, mentionedUserIds: readonly string[]): NewEvent {
  return about(note, 'conversation.note_created', { mentionedUserIds });
}

export function noteDeleted(note: ConversationNote): NewEvent {
  return about(note, 'conversation.note_deleted', {});
}

function about(
  { id, subaccountId, deviceId, conversationId }: ConversationNote,
  topic: (typeof NOTE_TOPICS)[number],
  more: Readonly<Record<string, unknown>>,
): NewEvent {
  return { topic, subaccountId, payload: { noteId: id, conversationId, deviceId, ...more } };
}

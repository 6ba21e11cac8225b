import type { NewEvent } from '../../../kernel/events.js';
import type { ConversationView } from './view.entity.js';

export function viewChanged(
  topic: 'conversation_view.created' | 'conversation_view.updated' | 'conversation_view.deleted',
  { id, subaccountId, ownerId }: ConversationView,
): NewEvent {
  return { topic, subaccountId, payload: { conversationViewId: id, ownerId: ownerId ?? null } };
}

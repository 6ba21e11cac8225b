import type { EntityManager } from '@mikro-orm/postgresql';
import { Conversation } from '../../messaging/index.js';
import { ConversationHandling } from './handling.entity.js';

/** What happened to a conversation, as far as waiting is concerned. */
export interface Step {
  readonly kind: 'RECEIVED' | 'ANSWERED' | 'CLOSED';
  readonly conversationId: string;
  readonly at: Date;
  /** The user who did it; null: nobody, or a key. */
  readonly userId: string | null;
}

/** Enters steps into the handlings of their conversations, in their order, in the transaction that moves the reader's place. */
export async function enterSteps(em: EntityManager, steps: readonly Step[]): Promise<void> {
  const ids = [...new Set(steps.map(({ conversationId }) => conversationId))];
  if (ids.length === 0) return;
  // One that was merged into another since is gone.
  const conversations = await em.find(Conversation, { id: { $in: ids } });
  const open = await em.find(ConversationHandling, { conversationId: { $in: ids }, closedAt: null });
  const byConversation = new Map(open.map((handling) => [handling.conversationId, handling]));
  const known = new Map(conversations.map((conversation) => [conversation.id, conversation]));
  for (const { kind, conversationId, at, userId } of steps) {
    const conversation = known.get(conversationId);
    const handling = byConversation.get(conversationId);
    if (kind === 'RECEIVED') {
      if (conversation === undefined || handling !== undefined) continue;
      const opened = ConversationHandling.open(conversation, at);
      em.persist(opened);
      byConversation.set(conversationId, opened);
    } else if (kind === 'ANSWERED') {
      handling?.answer(at, userId);
    } else if (handling !== undefined) {
      handling.close(at, userId);
      byConversation.delete(conversationId);
    }
  }
}

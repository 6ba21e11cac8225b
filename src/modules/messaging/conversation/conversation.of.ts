import type { EntityManager } from '@mikro-orm/postgresql';
import { Conversation } from './conversation.entity.js';

/** A conversation by id, or when it is gone the one with the person in which something was written last; null: there is none. */
export async function findConversationOf(
  em: EntityManager,
  {
    conversationId,
    contactId,
  }: { readonly conversationId: string | null; readonly contactId: string | null },
): Promise<string | null> {
  if (conversationId !== null && (await em.count(Conversation, { id: conversationId })) > 0)
    return conversationId;
  if (contactId === null) return null;
  const options = { orderBy: { lastMessageAt: 'desc', id: 'desc' } } as const;
  return (await em.findOne(Conversation, { contactId }, options))?.id ?? null;
}

import type { Context } from '../../../kernel/context.js';
import type { Assigner } from '../../inbox/index.js';
import { findConversationOf } from '../../messaging/index.js';
import type { ConversationService } from '../../messaging/index.js';
import { skipped } from './effect.js';
import type { Effect, EffectPlace } from './effect.js';

/** One word for one thing, such as a tag for a contact. */
type Marking = (ctx: Context, id: string, word: string) => Promise<unknown>;

/** Gives the conversation to a user, a team, or both; or to whose turn it is. */
export function assignEffect(
  conversations: Pick<ConversationService, 'assign'>,
  assigner: Pick<Assigner, 'hand'>,
): Effect<'ASSIGN'> {
  return async (place, { assigneeId, teamId, method }) => {
    const conversationId = await findConversation(place);
    if (conversationId === null) return skipped('NO_CONVERSATION');
    if (method !== undefined) {
      const found = await assigner.hand(place.inside, conversationId, { method, teamId: teamId ?? null });
      return found ? { status: 'DONE' } : skipped('NOBODY_TO_ASSIGN');
    }
    await conversations.assign(place.inside, conversationId, {
      ...(assigneeId !== undefined && { assigneeId }),
      ...(teamId !== undefined && { teamId }),
    });
    return { status: 'DONE' };
  };
}

export function labelEffect(mark: Marking): Effect<'ADD_LABEL'> {
  return async (place, { label }) => {
    const conversationId = await findConversation(place);
    if (conversationId === null) return skipped('NO_CONVERSATION');
    await mark(place.inside, conversationId, label);
    return { status: 'DONE' };
  };
}

export function tagEffect(mark: Marking): Effect<'ADD_TAG'> {
  return async ({ inside, run: { contactId } }, { tag }) => {
    if (contactId == null) return skipped('NO_CONTACT');
    await mark(inside, contactId, tag);
    return { status: 'DONE' };
  };
}

/** The one in which it happened, as far as it is there; else the one in which the person was heard of last. */
async function findConversation({ tx, run }: EffectPlace): Promise<string | null> {
  const { conversationId = null, contactId = null } = run;
  return findConversationOf(tx.em, { conversationId, contactId });
}

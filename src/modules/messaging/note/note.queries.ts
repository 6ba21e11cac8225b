import { LockMode } from '@mikro-orm/core';
import type { EntityManager } from '@mikro-orm/postgresql';
import { kernelErrors } from '../../../kernel/errors.js';
import { decodeIdCursor, pageSize, toPage } from '../../../kernel/page.js';
import type { Page, PageRequest } from '../../../kernel/page.js';
import { findFirstOfEach, isAfter } from '../../../platform/database/first-of-each.js';
import { ConversationNote } from './note.entity.js';

/** Throws NOT_FOUND. */
export async function getNote(em: EntityManager, id: string): Promise<ConversationNote> {
  const note = await em.findOne(ConversationNote, { id });
  if (note === null) throw kernelErrors.NOT_FOUND();
  return note;
}

/** As {@link getNote}, locked until the transaction ends. */
export async function lockNote(em: EntityManager, id: string): Promise<ConversationNote> {
  const note = await em.findOne(ConversationNote, { id }, { lockMode: LockMode.PESSIMISTIC_WRITE });
  if (note === null) throw kernelErrors.NOT_FOUND();
  return note;
}

export function findNotes(em: EntityManager, ids: readonly string[]): Promise<ConversationNote[]> {
  return em.find(ConversationNote, { id: { $in: [...ids] } });
}

/** A page for each conversation, in their order, newest first. Two statements, however many conversations. */
export async function listNotesOfEach(
  em: EntityManager,
  conversationIds: readonly string[],
  request: PageRequest,
): Promise<Page<ConversationNote>[]> {
  const size = pageSize(request);
  const ids = await findFirstOfEach(em, {
    table: 'conversation_note',
    ownerColumn: 'conversation_id',
    ownerIds: conversationIds,
    conditions: request.after == null ? [] : [isAfter({ id: decodeIdCursor(request.after) })],
    newestBy: ['id'],
    limit: size + 1,
  });
  const notes = await em.find(ConversationNote, { id: { $in: ids } }, { orderBy: { id: 'desc' } });
  const byConversation = Map.groupBy(notes, (note) => note.conversationId);
  return conversationIds.map((id) => toPage(byConversation.get(id) ?? [], size, request, (row) => [row.id]));
}

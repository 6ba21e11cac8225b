import type { EntityManager } from '@mikro-orm/postgresql';
import type { ConversationNote } from './note.entity.js';

interface NoteTables {
  conversation_note: { conversation_id: string };
  conversation_mention: {
    note_id: string;
    user_id: string;
    conversation_id: string;
    agency_id: string;
    subaccount_id: string;
    device_id: string;
  };
}

/** The users whom each of these notes names. */
export async function findMentions(
  em: EntityManager,
  noteIds: readonly string[],
): Promise<ReadonlyMap<string, string[]>> {
  const rows = await em
    .getKysely<NoteTables>()
    .selectFrom('conversation_mention')
    .select(['note_id', 'user_id'])
    .where('note_id', 'in', [...noteIds])
    .orderBy('user_id')
    .execute();
  const byNote = new Map<string, string[]>(noteIds.map((id) => [id, []]));
  for (const { note_id: id, user_id: userId } of rows) byNote.get(id)?.push(userId);
  return byNote;
}

/** Of a stored note. */
export async function addMentions(
  em: EntityManager,
  note: ConversationNote,
  userIds: readonly string[],
): Promise<void> {
  if (userIds.length === 0) return;
  const place = {
    note_id: note.id,
    conversation_id: note.conversationId,
    agency_id: note.agencyId,
    subaccount_id: note.subaccountId,
    device_id: note.deviceId,
  };
  await em
    .getKysely<NoteTables>()
    .insertInto('conversation_mention')
    .values(userIds.map((user_id) => ({ ...place, user_id })))
    .execute();
}

/** Another conversation becomes part of this one. */
export async function moveNotes(em: EntityManager, fromId: string, intoId: string): Promise<void> {
  for (const table of ['conversation_note', 'conversation_mention'] as const) {
    await em
      .getKysely<NoteTables>()
      .updateTable(table)
      .set({ conversation_id: intoId })
      .where('conversation_id', '=', fromId)
      .execute();
  }
}

import type { EntityManager } from '@mikro-orm/postgresql';
import type { Conversation } from './conversation.entity.js';

type Labelled = Pick<Conversation, 'id' | 'agencyId' | 'subaccountId' | 'deviceId'>;

interface LabelTable {
  conversation_label: {
    conversation_id: string;
    label: string;
    agency_id: string;
    subaccount_id: string;
    device_id: string;
  };
}

/** The labels of each of these conversations, in the order of the alphabet. */
export async function findLabels(
  em: EntityManager,
  conversationIds: readonly string[],
): Promise<ReadonlyMap<string, string[]>> {
  const rows = await em
    .getKysely<LabelTable>()
    .selectFrom('conversation_label')
    .select(['conversation_id', 'label'])
    .where('conversation_id', 'in', [...conversationIds])
    .orderBy('label')
    .execute();
  const byConversation = new Map<string, string[]>(conversationIds.map((id) => [id, []]));
  for (const { conversation_id: id, label } of rows) byConversation.get(id)?.push(label);
  return byConversation;
}

/** Returns those that it did not have. */
export async function addLabels(
  em: EntityManager,
  conversation: Labelled,
  labels: readonly string[],
): Promise<string[]> {
  if (labels.length === 0) return [];
  const { id: conversation_id, agencyId: agency_id, subaccountId: subaccount_id } = conversation;
  const place = { conversation_id, agency_id, subaccount_id, device_id: conversation.deviceId };
  const rows = await em
    .getKysely<LabelTable>()
    .insertInto('conversation_label')
    .values(labels.map((label) => ({ ...place, label })))
    .onConflict((conflict) => conflict.doNothing())
    .returning('label')
    .execute();
  return rows.map(({ label }) => label).sort();
}

/** Returns those that it had. */
export async function removeLabels(
  em: EntityManager,
  { id }: Labelled,
  labels: readonly string[],
): Promise<string[]> {
  if (labels.length === 0) return [];
  const rows = await em
    .getKysely<LabelTable>()
    .deleteFrom('conversation_label')
    .where('conversation_id', '=', id)
    .where('label', 'in', [...labels])
    .returning('label')
    .execute();
  return rows.map(({ label }) => label).sort();
}

/** Another conversation becomes part of this one. */
export async function moveLabels(em: EntityManager, from: Labelled, into: Labelled): Promise<void> {
  const labels = (await findLabels(em, [from.id])).get(from.id) ?? [];
  await addLabels(em, into, labels);
}

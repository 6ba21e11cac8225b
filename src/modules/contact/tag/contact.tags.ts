import type { EntityManager } from '@mikro-orm/postgresql';
import { invalidInput } from '../../../kernel/errors.js';
import type { Transaction } from '../../../platform/database/transaction.js';
import type { Contact } from '../contact.entity.js';
import { contactChanged } from '../contact.events.js';
import { MAX_TAGS } from '../contact.input.js';

interface TagTable {
  contact_tag: { contact_id: string; tag: string; agency_id: string; subaccount_id: string };
}

/** The tags of each of these contacts, in the order of the alphabet. */
export async function findTags(
  em: EntityManager,
  contactIds: readonly string[],
): Promise<ReadonlyMap<string, string[]>> {
  const rows = await em
    .getKysely<TagTable>()
    .selectFrom('contact_tag')
    .select(['contact_id', 'tag'])
    .where('contact_id', 'in', [...contactIds])
    .orderBy('tag')
    .execute();
  const byContact = new Map<string, string[]>(contactIds.map((id) => [id, []]));
  for (const { contact_id: contactId, tag } of rows) byContact.get(contactId)?.push(tag);
  return byContact;
}

/** Gives a contact these tags beside those it has, and tells of each new one. Returns whether there was one. */
export async function addTags(tx: Transaction, contact: Contact, tags: readonly string[]): Promise<boolean> {
  if (tags.length === 0) return false;
  const { id: contact_id, agencyId: agency_id, subaccountId: subaccount_id } = contact;
  const db = tx.em.getKysely<TagTable>();
  const added = await db
    .insertInto('contact_tag')
    .values(tags.map((tag) => ({ contact_id, tag, agency_id, subaccount_id })))
    .onConflict((conflict) => conflict.doNothing())
    .returning('tag')
    .execute();
  if (added.length > 0) await assertNotTooMany(tx, contact);
  for (const { tag } of added) tx.append(contactChanged('contact.tag_added', contact, { tag }));
  return added.length > 0;
}

/** Takes these tags away, as far as the contact has them. Returns whether it had one. */
export async function removeTags(
  tx: Transaction,
  contact: Contact,
  tags: readonly string[],
): Promise<boolean> {
  if (tags.length === 0) return false;
  const removed = await tx.em
    .getKysely<TagTable>()
    .deleteFrom('contact_tag')
    .where('contact_id', '=', contact.id)
    .where('tag', 'in', [...tags])
    .returning('tag')
    .execute();
  for (const { tag } of removed) tx.append(contactChanged('contact.tag_removed', contact, { tag }));
  return removed.length > 0;
}

/** Gives a contact these tags and no others. Returns whether that changed something. */
export async function setTags(tx: Transaction, contact: Contact, tags: readonly string[]): Promise<boolean> {
  const current = (await findTags(tx.em, [contact.id])).get(contact.id) ?? [];
  const removed = await removeTags(
    tx,
    contact,
    current.filter((tag) => !tags.includes(tag)),
  );
  return (await addTags(tx, contact, tags)) || removed;
}

async function assertNotTooMany(tx: Transaction, { id }: Contact): Promise<void> {
  const tags = (await findTags(tx.em, [id])).get(id) ?? [];
  if (tags.length <= MAX_TAGS) return;
  throw invalidInput([
    { path: 'input.tags', message: `a contact may have at most ${MAX_TAGS} tags, this one has them` },
  ]);
}

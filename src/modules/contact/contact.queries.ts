import { LockMode } from '@mikro-orm/core';
import type { EntityManager } from '@mikro-orm/postgresql';
import { kernelErrors } from '../../kernel/errors.js';
import { decodeIdCursor, pageSize, toPage } from '../../kernel/page.js';
import type { Page, PageRequest } from '../../kernel/page.js';
import { countOf, findFirstOfEach, isBehind } from '../../platform/database/first-of-each.js';
import { PreparedStatement } from '../../platform/database/prepared-statement.js';
import type { Transaction } from '../../platform/database/transaction.js';
import { Contact } from './contact.entity.js';
import { filterConditions } from './contact.filter.js';
import type { ContactFilter } from './contact.filter.js';
import { ContactMerge } from './identity/contact-merge.entity.js';

interface IdentityTable {
  contact_identity: { subaccount_id: string; kind: string; value: string; contact_id: string };
}

/** The id of a contact that became part of another one leads to that one. Throws NOT_FOUND. */
export async function getContact(em: EntityManager, id: string): Promise<Contact> {
  const contact = (await em.findOne(Contact, { id })) ?? (await findHeir(em, id));
  if (contact === null) throw kernelErrors.NOT_FOUND();
  return contact;
}

async function findHeir(em: EntityManager, mergedContactId: string): Promise<Contact | null> {
  const merge = await em.findOne(ContactMerge, { mergedContactId });
  return merge === null ? null : em.findOne(Contact, { id: merge.contactId });
}

/** A contact as it is now, locked until the transaction ends. Throws NOT_FOUND. */
export async function lockContact({ em }: Pick<Transaction, 'em'>, id: string): Promise<Contact> {
  const contact = await em.findOne(Contact, { id }, { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true });
  if (contact === null) throw kernelErrors.NOT_FOUND();
  return contact;
}

/** What routing needs to know of whom a message goes to. */
export type Recipient = Pick<Contact, 'id' | 'favouriteDeviceId'>;

const FIND_RECIPIENT = new PreparedStatement<Recipient>(
  'find_recipient',
  `select c.id, c.favourite_device_id as "favouriteDeviceId"
   from contact_identity i join contact c on c.id = i.contact_id
   where i.subaccount_id = $1 and i.kind = 'PHONE' and i.value = $2`,
);

/** The contact with a number, E.164 digits. */
export async function findRecipient(
  em: EntityManager,
  subaccountId: string,
  phoneNumber: string,
): Promise<Recipient | null> {
  return (await FIND_RECIPIENT.run(em, [subaccountId, phoneNumber]))[0] ?? null;
}

export function findContacts(em: EntityManager, ids: readonly string[]): Promise<Contact[]> {
  return em.find(Contact, { id: { $in: [...ids] } });
}

/** Contacts of a subaccount behind a place, oldest first. */
export async function readContacts(
  em: EntityManager,
  subaccountId: string,
  filter: ContactFilter,
  { after, limit }: { readonly after: string | null; readonly limit: number },
): Promise<Contact[]> {
  const ids = await findFirstOfEach(em, {
    table: 'contact',
    ownerColumn: 'subaccount_id',
    ownerIds: [subaccountId],
    conditions: [
      ...(after === null ? [] : [isBehind('id', after)]),
      ...(await filterConditions(em, subaccountId, filter)),
    ],
    lowestBy: ['id'],
    limit,
  });
  return em.find(Contact, { id: { $in: ids } }, { orderBy: { id: 'asc' } });
}

export async function countContacts(
  em: EntityManager,
  subaccountId: string,
  filter: ContactFilter,
): Promise<number> {
  const conditions = await filterConditions(em, subaccountId, filter);
  return countOf(em, { table: 'contact', ownerColumn: 'subaccount_id', ownerId: subaccountId, conditions });
}

/** Contacts of a subaccount, oldest first. */
export async function listContacts(
  em: EntityManager,
  subaccountId: string,
  request: PageRequest,
  filter: ContactFilter,
): Promise<Page<Contact>> {
  const size = pageSize(request);
  const after = request.after == null ? null : decodeIdCursor(request.after);
  const rows = await readContacts(em, subaccountId, filter, { after, limit: size + 1 });
  return toPage(rows, size, request, (contact) => [contact.id]);
}

/** How contacts became one, for each that stayed, oldest first. */
export function listMerges(em: EntityManager, contactIds: readonly string[]): Promise<ContactMerge[]> {
  return em.find(ContactMerge, { contactId: { $in: [...contactIds] } }, { orderBy: { id: 'asc' } });
}

/** The WhatsApp ids of contacts that are no numbers, `…@lid`; contacts without one are left out. */
export async function findLids(
  em: EntityManager,
  contactIds: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  if (contactIds.length === 0) return new Map();
  const rows = await em
    .getKysely<IdentityTable>()
    .selectFrom('contact_identity')
    .select(['contact_id', 'value'])
    .where('contact_id', 'in', [...contactIds])
    .where('kind', '=', 'LID')
    .execute();
  return new Map(rows.map((row) => [row.contact_id, row.value]));
}

/** By what WhatsApp can be told to write to a contact: its number, or else its LID. */
export async function findAddress(
  em: EntityManager,
  { id, phoneNumber }: Pick<Contact, 'id' | 'phoneNumber'>,
): Promise<string | null> {
  return phoneNumber ?? (await findLids(em, [id])).get(id) ?? null;
}

/** Before a contact is deleted. */
export async function forgetIdentities({ em }: Transaction, contactId: string): Promise<void> {
  await em
    .getKysely<IdentityTable>()
    .deleteFrom('contact_identity')
    .where('contact_id', '=', contactId)
    .execute();
}

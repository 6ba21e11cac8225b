import { LockMode } from '@mikro-orm/core';
import type { FilterQuery } from '@mikro-orm/core';
import type { EntityManager } from '@mikro-orm/postgresql';
import { kernelErrors } from '../../kernel/errors.js';
import { decodeIdCursor, pageSize, toPage } from '../../kernel/page.js';
import type { Page, PageRequest } from '../../kernel/page.js';
import { containsPattern } from '../../platform/database/like-pattern.js';
import { PreparedStatement } from '../../platform/database/prepared-statement.js';
import type { Transaction } from '../../platform/database/transaction.js';
import { Contact } from './contact.entity.js';

export interface ContactFilter {
  /** E.164 digits; also a number that the contact had before. */
  readonly phoneNumber?: string | null | undefined;
  /** Part of the name or the push name, in any case. */
  readonly name?: string | null | undefined;
}

interface IdentityTable {
  contact_identity: { subaccount_id: string; kind: string; value: string; contact_id: string };
}

/** Throws NOT_FOUND. */
export async function getContact(em: EntityManager, id: string): Promise<Contact> {
  const contact = await em.findOne(Contact, { id });
  if (contact === null) throw kernelErrors.NOT_FOUND();
  return contact;
}

/** As {@link getContact}, locked until the transaction ends. */
export async function lockContact({ em }: Pick<Transaction, 'em'>, id: string): Promise<Contact> {
  const contact = await em.findOne(Contact, { id }, { lockMode: LockMode.PESSIMISTIC_WRITE });
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

/** Contacts of a subaccount, oldest first. */
export async function listContacts(
  em: EntityManager,
  subaccountId: string,
  request: PageRequest,
  filter: ContactFilter,
): Promise<Page<Contact>> {
  const size = pageSize(request);
  const conditions: FilterQuery<Contact>[] = [{ subaccountId }];
  if (request.after != null) conditions.push({ id: { $gt: decodeIdCursor(request.after) } });
  if (filter.phoneNumber != null) {
    conditions.push({ id: { $in: await idsByPhone(em, subaccountId, filter.phoneNumber) } });
  }
  if (filter.name != null) {
    const pattern = { $ilike: containsPattern(filter.name) };
    conditions.push({ $or: [{ name: pattern }, { pushName: pattern }] });
  }
  const rows = await em.find(Contact, { $and: conditions }, { orderBy: { id: 'asc' }, limit: size + 1 });
  return toPage(rows, size, request, (contact) => [contact.id]);
}

async function idsByPhone(em: EntityManager, subaccountId: string, phone: string): Promise<string[]> {
  const rows = await em
    .getKysely<IdentityTable>()
    .selectFrom('contact_identity')
    .select('contact_id')
    .where('subaccount_id', '=', subaccountId)
    .where('kind', '=', 'PHONE')
    .where('value', '=', phone)
    .execute();
  return rows.map((row) => row.contact_id);
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

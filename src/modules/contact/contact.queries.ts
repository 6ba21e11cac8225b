import type { FilterQuery } from '@mikro-orm/core';
import type { EntityManager } from '@mikro-orm/postgresql';
import { kernelErrors } from '../../kernel/errors.js';
import { decodeIdCursor, pageSize, toPage } from '../../kernel/page.js';
import type { Page, PageRequest } from '../../kernel/page.js';
import { containsPattern } from '../../platform/database/like-pattern.js';
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

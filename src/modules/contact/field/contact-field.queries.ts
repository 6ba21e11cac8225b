import { LockMode } from '@mikro-orm/core';
import type { EntityManager } from '@mikro-orm/postgresql';
import { invalidInput, kernelErrors } from '../../../kernel/errors.js';
import { ContactField } from './contact-field.entity.js';

/** Throws NOT_FOUND. */
export async function lockField(em: EntityManager, id: string): Promise<ContactField> {
  const field = await em.findOne(ContactField, { id }, { lockMode: LockMode.PESSIMISTIC_WRITE });
  if (field === null) throw kernelErrors.NOT_FOUND();
  return field;
}

export function findFields(em: EntityManager, ids: readonly string[]): Promise<ContactField[]> {
  return em.find(ContactField, { id: { $in: [...ids] } });
}

/** All of a subaccount, oldest first. */
export function listFields(em: EntityManager, subaccountId: string): Promise<ContactField[]> {
  return em.find(ContactField, { subaccountId }, { orderBy: { id: 'asc' } });
}

/** Throws INVALID_INPUT naming `path`. */
export async function getFieldByKey(
  em: EntityManager,
  subaccountId: string,
  key: string,
  path: string,
): Promise<ContactField> {
  const field = await em.findOne(ContactField, { subaccountId, key });
  if (field !== null) return field;
  throw invalidInput([{ path, message: 'must be a contact field of the subaccount' }]);
}

interface ValueTable {
  contact_field_value: { field_id: string; value: string };
}

/** Those of these values that some contact has. */
export async function findUsedValues(
  em: EntityManager,
  fieldId: string,
  values: readonly string[],
): Promise<string[]> {
  if (values.length === 0) return [];
  const rows = await em
    .getKysely<ValueTable>()
    .selectFrom('contact_field_value')
    .select('value')
    .distinct()
    .where('field_id', '=', fieldId)
    .where('value', 'in', [...values])
    .execute();
  return rows.map(({ value }) => value);
}

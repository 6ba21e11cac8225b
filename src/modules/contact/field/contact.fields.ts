import type { EntityManager } from '@mikro-orm/postgresql';
import { invalidInput } from '../../../kernel/errors.js';
import type { FieldError } from '../../../kernel/errors.js';
import type { Transaction } from '../../../platform/database/transaction.js';
import type { Contact } from '../contact.entity.js';
import type { ContactField } from './contact-field.entity.js';
import { listFields } from './contact-field.queries.js';
import { parseFieldValue } from './field-value.js';
import type { FieldValue } from './field-value.js';

/** What somebody says of a field; null takes the value away. */
export interface SaidValue {
  readonly key: string;
  readonly value: string | null;
}

export interface ContactFieldValue {
  readonly contactId: string;
  readonly fieldId: string;
  readonly value: string;
}

interface ValueTable {
  contact_field_value: {
    contact_id: string;
    field_id: string;
    agency_id: string;
    subaccount_id: string;
    value: string;
    number: number | null;
  };
}

/** The values of these contacts. */
export async function findValues(
  em: EntityManager,
  contactIds: readonly string[],
): Promise<readonly ContactFieldValue[]> {
  return em
    .getKysely<ValueTable>()
    .selectFrom('contact_field_value')
    .select(['contact_id as contactId', 'field_id as fieldId', 'value'])
    .where('contact_id', 'in', [...contactIds])
    .orderBy('field_id')
    .execute();
}

/** Those of a contact's fields with these keys that have a value. */
export async function findValuesByKey(
  em: EntityManager,
  contactId: string,
  keys: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  if (keys.length === 0) return new Map();
  const rows = await em
    .getKysely<ValueTable & { contact_field: { id: string; key: string } }>()
    .selectFrom('contact_field_value as v')
    .innerJoin('contact_field as f', 'f.id', 'v.field_id')
    .select(['f.key', 'v.value'])
    .where('v.contact_id', '=', contactId)
    .where('f.key', 'in', [...keys])
    .execute();
  return new Map(rows.map(({ key, value }) => [key, value]));
}

/** Changes values of a contact; returns whether one is another one now. Throws INVALID_INPUT naming each that is wrong. */
export async function setValues(
  tx: Transaction,
  contact: Contact,
  said: readonly SaidValue[],
): Promise<boolean> {
  if (said.length === 0) return false;
  const given = parseAll(await listFields(tx.em, contact.subaccountId), said);
  const removed = await removeValues(
    tx,
    contact,
    given.filter(({ value }) => value === null).map(({ field }) => field.id),
  );
  let written = false;
  for (const { field, value } of given) {
    if (value !== null && (await writeValue(tx, contact, field, value))) written = true;
  }
  return removed || written;
}

interface GivenValue {
  readonly field: ContactField;
  readonly value: FieldValue | null;
}

function parseAll(fields: readonly ContactField[], said: readonly SaidValue[]): readonly GivenValue[] {
  const errors: FieldError[] = [];
  const given = said.flatMap(({ key, value }, index): GivenValue[] => {
    const path = `input.fields.${index}`;
    const field = fields.find((each) => each.key === key);
    if (field === undefined) {
      errors.push({ path: `${path}.key`, message: 'must be a contact field of the subaccount' });
      return [];
    }
    if (value === null) return [{ field, value: null }];
    const parsed = parseFieldValue(field, value);
    if ('ok' in parsed) return [{ field, value: parsed.ok }];
    errors.push({ path: `${path}.value`, message: parsed.problem });
    return [];
  });
  if (errors.length > 0) throw invalidInput(errors);
  return given;
}

async function removeValues(
  tx: Transaction,
  contact: Contact,
  fieldIds: readonly string[],
): Promise<boolean> {
  if (fieldIds.length === 0) return false;
  const removed = await tx.em
    .getKysely<ValueTable>()
    .deleteFrom('contact_field_value')
    .where('contact_id', '=', contact.id)
    .where('field_id', 'in', [...fieldIds])
    .returning('field_id')
    .execute();
  return removed.length > 0;
}

async function writeValue(
  tx: Transaction,
  { id: contact_id, agencyId: agency_id, subaccountId: subaccount_id }: Contact,
  { id: field_id }: ContactField,
  { value, number }: FieldValue,
): Promise<boolean> {
  const written = await tx.em
    .getKysely<ValueTable>()
    .insertInto('contact_field_value')
    .values({ contact_id, field_id, agency_id, subaccount_id, value, number })
    .onConflict((conflict) =>
      conflict
        .columns(['contact_id', 'field_id'])
        .doUpdateSet({ value, number })
        .where('contact_field_value.value', '<>', value),
    )
    .returning('field_id')
    .execute();
  return written.length > 0;
}

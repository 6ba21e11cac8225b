import type { EntityManager } from '@mikro-orm/postgresql';
import { invalidInput } from '../../kernel/errors.js';
import { containsText, isGiven, isListedUnder } from '../../platform/database/first-of-each.js';
import type { Condition } from '../../platform/database/first-of-each.js';
import type { ContactField } from './field/contact-field.entity.js';
import { getFieldByKey } from './field/contact-field.queries.js';
import { parseFieldValue } from './field/field-value.js';
import type { FieldValue } from './field/field-value.js';

/** Of a number by E.164. */
const MAX_DIGITS = 15;

/** Which contacts of a subaccount; all conditions together. */
export interface ContactFilter {
  /** E.164 digits; also a number that the contact had before. */
  readonly phoneNumber?: string | null | undefined;
  /** What a number of the contact begins with. */
  readonly phonePrefix?: string | null | undefined;
  /** Part of the name or the push name, in any case. */
  readonly name?: string | null | undefined;
  /** Has all of them. */
  readonly tags?: readonly string[] | null | undefined;
  /** What is known of it in fields; all conditions together. */
  readonly fields?: readonly FieldFilter[] | null | undefined;
  readonly optedOut?: boolean | null | undefined;
  readonly blocked?: boolean | null | undefined;
}

export interface FieldFilter {
  readonly key: string;
  readonly equals?: string | null | undefined;
  /** Both ends included. */
  readonly from?: string | null | undefined;
  readonly to?: string | null | undefined;
}

/** Sets are looked up by the subaccount first, as their indexes are. */
function conditionsOf(subaccountId: string, filter: ContactFilter): Condition[] {
  const { phoneNumber, phonePrefix, name, tags, optedOut, blocked } = filter;
  return [
    ...(phoneNumber == null ? [] : [hasNumber(subaccountId, phoneNumber, phoneNumber)]),
    ...(phonePrefix == null ? [] : [hasNumber(subaccountId, phonePrefix, lastWith(phonePrefix))]),
    ...(name == null ? [] : [containsText(['name', 'push_name'], name)]),
    ...[...new Set(tags ?? [])].map((tag) =>
      isListedUnder('contact_tag', { id: 'contact_id', equal: { subaccount_id: subaccountId, tag } }),
    ),
    ...(optedOut == null ? [] : [isGiven('opted_out_at', optedOut)]),
    ...(blocked == null ? [] : [isGiven('blocked_at', blocked)]),
  ];
}

function hasNumber(subaccountId: string, from: string, to: string): Condition {
  return isListedUnder('contact_identity', {
    id: 'contact_id',
    equal: { subaccount_id: subaccountId, kind: 'PHONE' },
    range: { column: 'value', from, to },
  });
}

/** The highest number with a prefix: LIKE uses no index under row-level security, a range does. */
function lastWith(prefix: string): string {
  if (/^\d{1,15}$/.test(prefix)) return prefix + '9'.repeat(MAX_DIGITS);
  throw invalidInput([{ path: 'filter.phonePrefix', message: 'must be 1 to 15 digits' }]);
}

/** Throws INVALID_INPUT for a key that no field has, and for what its type does not understand. */
export async function filterConditions(
  em: EntityManager,
  subaccountId: string,
  filter: ContactFilter,
): Promise<Condition[]> {
  return [...conditionsOf(subaccountId, filter), ...(await fieldConditions(em, subaccountId, filter))];
}

async function fieldConditions(
  em: EntityManager,
  subaccountId: string,
  { fields }: ContactFilter,
): Promise<Condition[]> {
  const conditions: Condition[] = [];
  for (const [index, filter] of (fields ?? []).entries()) {
    const path = `filter.fields.${index}`;
    const field = await getFieldByKey(em, subaccountId, filter.key, `${path}.key`);
    conditions.push(fieldCondition(field, filter, path));
  }
  return conditions;
}

function fieldCondition(field: ContactField, filter: FieldFilter, path: string): Condition {
  const wanted = (name: 'equals' | 'from' | 'to'): FieldValue | null => {
    const said = filter[name];
    if (said == null) return null;
    const parsed = parseFieldValue(field, said);
    if ('ok' in parsed) return parsed.ok;
    throw invalidInput([{ path: `${path}.${name}`, message: parsed.problem }]);
  };
  const [equals, from, to] = [wanted('equals'), wanted('from'), wanted('to')];
  const hasRange = from !== null || to !== null;
  if (hasRange && field.type !== 'NUMBER' && field.type !== 'DATE') {
    throw invalidInput([{ path, message: 'from and to go with a NUMBER or DATE' }]);
  }
  const column = field.type === 'NUMBER' ? 'number' : 'value';
  const equal = { field_id: field.id, ...(equals !== null && { value: equals.value }) };
  const range = { column, from: from?.[column], to: to?.[column] };
  return isListedUnder('contact_field_value', { id: 'contact_id', equal, ...(hasRange && { range }) });
}

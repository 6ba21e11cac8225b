import { sql } from 'kysely';
import type { Condition } from '../../platform/database/first-of-each.js';
import { containsPattern } from '../../platform/database/like-pattern.js';

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
  readonly optedOut?: boolean | null | undefined;
  readonly blocked?: boolean | null | undefined;
}

/** On `contact` as `t`. Sets are named by subqueries that begin with the subaccount, as their indexes do. */
export function conditionsOf(subaccountId: string, filter: ContactFilter): Condition[] {
  const { phoneNumber, phonePrefix, name, tags, optedOut, blocked } = filter;
  return [
    ...(phoneNumber == null ? [] : [hasNumber(subaccountId, sql`value = ${phoneNumber}`)]),
    ...(phonePrefix == null ? [] : [hasNumber(subaccountId, beginsWith(phonePrefix))]),
    ...(name == null ? [] : [isCalled(name)]),
    ...[...new Set(tags ?? [])].map(
      (tag) => sql`t.id in (select contact_id from contact_tag
                            where subaccount_id = ${subaccountId} and tag = ${tag})`,
    ),
    ...(optedOut == null ? [] : [optedOut ? sql`t.opted_out_at is not null` : sql`t.opted_out_at is null`]),
    ...(blocked == null ? [] : [blocked ? sql`t.blocked_at is not null` : sql`t.blocked_at is null`]),
  ];
}

function hasNumber(subaccountId: string, condition: Condition): Condition {
  return sql`t.id in (select contact_id from contact_identity
                      where subaccount_id = ${subaccountId} and kind = 'PHONE' and ${condition})`;
}

/** A range, since LIKE uses no index under row-level security. Digits sort alike everywhere, and ':' comes after them. */
function beginsWith(prefix: string): Condition {
  return sql`value >= ${prefix} and value < ${`${prefix}:`}`;
}

function isCalled(name: string): Condition {
  const pattern = containsPattern(name);
  return sql`(t.name ilike ${pattern} or t.push_name ilike ${pattern})`;
}

import { invalidInput } from '../../kernel/errors.js';
import { containsText, isGiven, isListedUnder } from '../../platform/database/first-of-each.js';
import type { Condition } from '../../platform/database/first-of-each.js';

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
  readonly optedOut?: boolean | null | undefined;
  readonly blocked?: boolean | null | undefined;
}

/** Sets are looked up by the subaccount first, as their indexes are. */
export function conditionsOf(subaccountId: string, filter: ContactFilter): Condition[] {
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

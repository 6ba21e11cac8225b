/** How WhatsApp names a person: by number, by number-free id (LID), or both. At least one is known. */
export interface PersonIdentity {
  /** E.164 digits. */
  readonly phoneNumber: string | null;
  /** `…@lid` */
  readonly lid: string | null;
}

export type IdentityKind = 'PHONE' | 'LID';

export interface ContactIdentity {
  readonly kind: IdentityKind;
  readonly value: string;
}

/** In the one order in which everybody locks them. */
export function identitiesOf(person: PersonIdentity): readonly ContactIdentity[] {
  const identities: ContactIdentity[] = [];
  if (person.lid !== null) identities.push({ kind: 'LID', value: person.lid });
  if (person.phoneNumber !== null) identities.push({ kind: 'PHONE', value: person.phoneNumber });
  return identities;
}

/** Who is known under the identities of one person. */
export interface KnownContacts {
  readonly byLid: string | null;
  readonly byPhone: string | null;
  /** Whether the contact that has the number has a LID, and it is another one than the person's. */
  readonly phoneHasOtherLid: boolean;
}

/** What a message that shows a person's identities together proves about our contacts. */
export type IdentityVerdict =
  | { readonly kind: 'NEW' }
  | { readonly kind: 'KNOWN'; readonly contactId: string }
  /** Two contacts are one person. */
  | { readonly kind: 'SAME_PERSON'; readonly contactIds: readonly [string, string] }
  /** The number belongs to another account by now: it moves to the LID's contact, histories stay apart. */
  | { readonly kind: 'NUMBER_MOVED'; readonly from: string; readonly to: string | null };

/**
 * A LID is the account, a number is only lent to it. So a contact has at most one LID, and a number that shows up under another LID
 * has changed hands.
 */
export function judgeIdentities(person: PersonIdentity, known: KnownContacts): IdentityVerdict {
  const { byLid, byPhone } = known;
  if (person.lid !== null && byPhone !== null && byPhone !== byLid) {
    if (known.phoneHasOtherLid) return { kind: 'NUMBER_MOVED', from: byPhone, to: byLid };
    if (byLid !== null) return { kind: 'SAME_PERSON', contactIds: [byLid, byPhone] };
  }
  const contactId = byLid ?? byPhone;
  return contactId === null ? { kind: 'NEW' } : { kind: 'KNOWN', contactId };
}

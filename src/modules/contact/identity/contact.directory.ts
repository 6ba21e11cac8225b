import type { Clock } from '../../../kernel/clock.js';
import { PreparedStatement } from '../../../platform/database/prepared-statement.js';
import type { Transaction } from '../../../platform/database/transaction.js';
import { Contact, CONTACT_COLUMNS } from '../contact.entity.js';
import { contactCreated, contactUpdated } from '../contact.events.js';
import { ContactMerger } from './contact.merger.js';
import type { ContactReferences, WantedMerge } from './contact.merger.js';
import { identitiesOf, judgeIdentities } from './contact.identity.js';
import type { ContactIdentity, KnownContacts, PersonIdentity } from './contact.identity.js';
import { introduce } from './contact.newcomers.js';
import { lockIdentities } from './identity.lock.js';

export interface Tenant {
  readonly agencyId: string;
  readonly subaccountId: string;
}

/** What was learnt about a person beside the identity. */
export interface PersonFacts extends PersonIdentity {
  readonly pushName?: string | null;
}

interface IdentityTables {
  contact: { id: string };
  contact_identity: {
    subaccount_id: string;
    kind: string;
    value: string;
    agency_id: string;
    contact_id: string;
  };
}

/** Whom a message goes to, and whether they want one. */
export type Addressee = Pick<Contact, 'id' | 'optedOutAt' | 'blockedAt'>;

const HOLD_BY_NUMBER = new PreparedStatement<Addressee>(
  'hold_contact_by_number',
  `select c.id, c.opted_out_at as "optedOutAt", c.blocked_at as "blockedAt"
   from contact_identity i join contact c on c.id = i.contact_id
   where i.subaccount_id = $1 and i.kind = 'PHONE' and i.value = $2 and c.phone_number = i.value
   for key share of c`,
);

const HOLD = new PreparedStatement<Record<string, unknown>>(
  'hold_contact',
  `select ${CONTACT_COLUMNS} from contact c where c.id = $1 for key share`,
);

/** $1 subaccount, $2 and $3 kinds and values of identities, $4 how many. */
const HOLD_COMPLETE = new PreparedStatement<Record<string, unknown>>(
  'hold_contact_of_identities',
  `select ${CONTACT_COLUMNS} from contact c
   where c.id = (
     select case when count(*) = $4 and count(distinct i.contact_id) = 1 then min(i.contact_id::text)::uuid end
     from unnest($2::text[], $3::text[]) as w (kind, value)
     join contact_identity i on i.subaccount_id = $1 and i.kind = w.kind and i.value = w.value)
   for key share of c`,
);

/**
 * Finds the contact of a person inside the caller's transaction, and makes or corrects it when needed. The contact stays locked against
 * a merge until the transaction ends, so rows that name it can be written safely.
 */
export class ContactDirectory {
  readonly #clock: Clock;
  readonly #merger: ContactMerger;

  constructor(options: { readonly clock: Clock; readonly references: readonly ContactReferences[] }) {
    this.#clock = options.clock;
    this.#merger = new ContactMerger(options);
  }

  async resolve(tx: Transaction, tenant: Tenant, person: PersonFacts): Promise<Contact> {
    const wanted = identitiesOf(person);
    if (wanted.length === 0) throw new Error('a person needs a phone number or a LID');
    const known = await this.#findComplete(tx, tenant, wanted);
    if (known !== null) return this.#learn(tx, known, person);
    // Something is missing or contradicts itself: one after another from here on.
    await lockIdentities(tx, tenant, wanted);
    return this.#correct(tx, tenant, person);
  }

  /** Makes contacts of those people of whom nothing is known. */
  introduce(tx: Transaction, tenant: Tenant, people: readonly PersonFacts[]): Promise<void> {
    return introduce(tx, tenant, people, this.#clock.now());
  }

  /** As {@link resolve} for a number alone, and without loading a contact that is known. */
  async resolveNumber(tx: Transaction, tenant: Tenant, phoneNumber: string): Promise<Addressee> {
    const [known] = await HOLD_BY_NUMBER.run(tx.em, [tenant.subaccountId, phoneNumber]);
    return known ?? this.resolve(tx, tenant, { phoneNumber, lid: null });
  }

  /**
   * The contact that has a number, or had it; a new one when there is none. Unlike a message, who only names a number proves nothing: a
   * contact that has another number by now keeps that.
   */
  async ensure(
    tx: Transaction,
    tenant: Tenant,
    phoneNumber: string,
  ): Promise<{ readonly contact: Contact; readonly created: boolean }> {
    const person = { phoneNumber, lid: null };
    await lockIdentities(tx, tenant, identitiesOf(person));
    const known = await this.#findComplete(tx, tenant, identitiesOf(person));
    if (known !== null) return { contact: known, created: false };
    return { contact: await this.#create(tx, tenant, person), created: true };
  }

  /** Makes two contacts one, with everything that either had. Throws NOT_FOUND. */
  merge(tx: Transaction, wanted: WantedMerge): Promise<Contact> {
    return this.#merger.merge(tx, wanted);
  }

  /** The usual case, without locking anybody out: every identity is known and names one contact. */
  async #findComplete(
    tx: Transaction,
    tenant: Tenant,
    wanted: readonly ContactIdentity[],
  ): Promise<Contact | null> {
    const [row] = await HOLD_COMPLETE.run(tx.em, [
      tenant.subaccountId,
      wanted.map(({ kind }) => kind),
      wanted.map(({ value }) => value),
      wanted.length,
    ]);
    return row === undefined ? null : tx.em.map(Contact, row);
  }

  /** Keeps a merge from removing the contact until the transaction ends; null when one just did. */
  async #hold(tx: Transaction, id: string): Promise<Contact | null> {
    const [row] = await HOLD.run(tx.em, [id]);
    return row === undefined ? null : tx.em.map(Contact, row);
  }

  async #correct(tx: Transaction, tenant: Tenant, person: PersonFacts): Promise<Contact> {
    const verdict = judgeIdentities(person, await this.#findKnown(tx, tenant, person));
    switch (verdict.kind) {
      case 'NEW':
        return this.#create(tx, tenant, person);
      case 'KNOWN': {
        const contact = await this.#hold(tx, verdict.contactId);
        // Merged away under another of its identities: look again.
        if (contact === null) return this.#correct(tx, tenant, person);
        await this.#claimIdentities(tx, tenant, contact.id, person);
        return this.#learn(tx, contact, person);
      }
      case 'SAME_PERSON': {
        const contact = await this.#mergeIntoOlder(tx, verdict.contactIds);
        return this.#learn(tx, contact, person);
      }
      case 'NUMBER_MOVED':
        return this.#moveNumber(tx, tenant, person, verdict);
    }
  }

  async #findKnown(tx: Transaction, tenant: Tenant, person: PersonIdentity): Promise<KnownContacts> {
    const holder = async ({ kind, value }: ContactIdentity): Promise<string | null> => {
      const row = await this.#identities(tx)
        .selectFrom('contact_identity')
        .select('contact_id')
        .where('subaccount_id', '=', tenant.subaccountId)
        .where('kind', '=', kind)
        .where('value', '=', value)
        .executeTakeFirst();
      return row?.contact_id ?? null;
    };
    const byLid = person.lid === null ? null : await holder({ kind: 'LID', value: person.lid });
    const byPhone =
      person.phoneNumber === null ? null : await holder({ kind: 'PHONE', value: person.phoneNumber });
    const otherLid =
      byPhone === null || person.lid === null
        ? undefined
        : await this.#identities(tx)
            .selectFrom('contact_identity')
            .select('value')
            .where('contact_id', '=', byPhone)
            .where('kind', '=', 'LID')
            .where('value', '<>', person.lid)
            .executeTakeFirst();
    return { byLid, byPhone, phoneHasOtherLid: otherLid !== undefined };
  }

  async #create(tx: Transaction, tenant: Tenant, person: PersonFacts): Promise<Contact> {
    const contact = Contact.create({
      agencyId: tenant.agencyId,
      subaccountId: tenant.subaccountId,
      phoneNumber: person.phoneNumber,
      pushName: person.pushName ?? null,
      at: this.#clock.now(),
    });
    tx.em.persist(contact);
    await tx.em.flush();
    await this.#claimIdentities(tx, tenant, contact.id, person);
    tx.append(contactCreated(contact));
    return contact;
  }

  /** The older contact stays: its id is the one that others are more likely to remember. */
  async #mergeIntoOlder(tx: Transaction, contactIds: readonly [string, string]): Promise<Contact> {
    const [intoId, fromId] = contactIds[0] < contactIds[1] ? contactIds : [contactIds[1], contactIds[0]];
    return this.merge(tx, { intoId, fromId, cause: 'WHATSAPP' });
  }

  async #moveNumber(
    tx: Transaction,
    tenant: Tenant,
    person: PersonFacts,
    move: { readonly from: string; readonly to: string | null },
  ): Promise<Contact> {
    const former = await tx.em.findOneOrFail(Contact, { id: move.from });
    if (person.phoneNumber !== null) {
      former.losePhoneNumber(person.phoneNumber, this.#clock.now());
      await this.#identities(tx)
        .deleteFrom('contact_identity')
        .where('subaccount_id', '=', tenant.subaccountId)
        .where('kind', '=', 'PHONE')
        .where('value', '=', person.phoneNumber)
        .execute();
    }
    tx.append(contactUpdated(former));
    if (move.to === null) return this.#create(tx, tenant, person);
    await this.#claimIdentities(tx, tenant, move.to, person);
    return this.#learn(tx, await tx.em.findOneOrFail(Contact, { id: move.to }), person);
  }

  async #claimIdentities(
    tx: Transaction,
    tenant: Tenant,
    contactId: string,
    person: PersonIdentity,
  ): Promise<void> {
    const rows = identitiesOf(person).map((identity) => ({
      ...identity,
      subaccount_id: tenant.subaccountId,
      agency_id: tenant.agencyId,
      contact_id: contactId,
    }));
    await this.#identities(tx)
      .insertInto('contact_identity')
      .values(rows)
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  }

  async #learn(tx: Transaction, contact: Contact, person: PersonFacts): Promise<Contact> {
    const facts = { phoneNumber: person.phoneNumber, pushName: person.pushName ?? null };
    if (contact.learn(facts, this.#clock.now())) {
      await tx.em.flush();
      tx.append(contactUpdated(contact));
    }
    return contact;
  }

  #identities(tx: Transaction) {
    return tx.em.getKysely<IdentityTables>();
  }
}

import { LockMode } from '@mikro-orm/core';
import type { Clock } from '../../../kernel/clock.js';
import { kernelErrors } from '../../../kernel/errors.js';
import type { Transaction } from '../../../platform/database/transaction.js';
import { Contact } from '../contact.entity.js';
import { contactMerged } from '../contact.events.js';
import type { MergeCause } from '../contact.events.js';
import { ContactMerge } from './contact-merge.entity.js';

/** Implemented by whoever keeps rows that name a contact: moves them before the contact is removed. */
export interface ContactReferences {
  moveContact(tx: Transaction, from: Contact, into: Contact): Promise<void>;
}

export interface WantedMerge {
  /** The contact that stays. */
  readonly intoId: string;
  readonly fromId: string;
  readonly cause: MergeCause;
}

/** Makes two contacts one, with everything that either had, inside the caller's transaction. */
export class ContactMerger {
  readonly #clock: Clock;
  readonly #references: readonly ContactReferences[];

  constructor(options: { readonly clock: Clock; readonly references: readonly ContactReferences[] }) {
    this.#clock = options.clock;
    this.#references = options.references;
  }

  /** Throws NOT_FOUND. */
  async merge(tx: Transaction, { intoId, fromId, cause }: WantedMerge): Promise<Contact> {
    const at = this.#clock.now();
    const both = await lockBoth(tx, [intoId, fromId]);
    const [into, from] = [both.get(intoId), both.get(fromId)];
    if (into === undefined || from === undefined) throw kernelErrors.NOT_FOUND();
    for (const references of this.#references) await references.moveContact(tx, from, into);
    await moveBelongings(tx, from, into);
    into.absorb(from, at);
    const by = tx.ctx.actor.kind === 'user' ? tx.ctx.actor.userId : null;
    tx.em.persist(ContactMerge.of({ into, from }, { cause, by, at }));
    tx.em.remove(from);
    await tx.em.flush();
    tx.append(contactMerged(into, from.id, cause));
    return into;
  }
}

/** In one order, so that two merges cannot block each other. */
async function lockBoth(tx: Transaction, ids: readonly string[]): Promise<ReadonlyMap<string, Contact>> {
  const contacts = await tx.em.find(
    Contact,
    { id: { $in: [...ids] } },
    { orderBy: { id: 'asc' }, lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true },
  );
  return new Map(contacts.map((contact) => [contact.id, contact]));
}

interface Belongings {
  contact_identity: { contact_id: string };
  contact_tag: { contact_id: string; tag: string; agency_id: string; subaccount_id: string };
  contact_field_value: {
    contact_id: string;
    field_id: string;
    agency_id: string;
    subaccount_id: string;
    value: string;
    number: number | null;
  };
  contact_note: { contact_id: string };
  contact_merge: { contact_id: string };
}

/** Where both have a value of a field, the one of the contact that stays is kept. */
async function moveBelongings(tx: Transaction, from: Contact, into: Contact): Promise<void> {
  const db = tx.em.getKysely<Belongings>();
  for (const table of ['contact_identity', 'contact_note', 'contact_merge'] as const) {
    await db.updateTable(table).set({ contact_id: into.id }).where('contact_id', '=', from.id).execute();
  }
  await db
    .insertInto('contact_tag')
    .columns(['contact_id', 'tag', 'agency_id', 'subaccount_id'])
    .expression((eb) =>
      eb
        .selectFrom('contact_tag')
        .select((each) => [each.val(into.id).as('contact_id'), 'tag', 'agency_id', 'subaccount_id'])
        .where('contact_id', '=', from.id),
    )
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  await db
    .insertInto('contact_field_value')
    .columns(['contact_id', 'field_id', 'agency_id', 'subaccount_id', 'value', 'number'])
    .expression((eb) =>
      eb
        .selectFrom('contact_field_value')
        .select((each) => [
          each.val(into.id).as('contact_id'),
          'field_id',
          'agency_id',
          'subaccount_id',
          'value',
          'number',
        ])
        .where('contact_id', '=', from.id),
    )
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

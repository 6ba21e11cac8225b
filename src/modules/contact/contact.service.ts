import { ForeignKeyConstraintViolationException } from '@mikro-orm/core';
import type { Clock } from '../../kernel/clock.js';
import type { Context } from '../../kernel/context.js';
import { invalidInput, kernelErrors } from '../../kernel/errors.js';
import { parseInput } from '../../kernel/input.js';
import type { Database } from '../../platform/database/database.js';
import type { Transaction } from '../../platform/database/transaction.js';
import { getSubaccount } from '../tenancy/index.js';
import type { Contact } from './contact.entity.js';
import { contactErrors } from './contact.errors.js';
import { contactChanged, contactUpdated } from './contact.events.js';
import type { ContactTopic } from './contact.events.js';
import type { ContactWishes } from './contact.wishes.js';
import { contactChanges, contactUpsert, tagText } from './contact.input.js';
import type { ContactChanges, ContactUpsert } from './contact.input.js';
import { forgetIdentities, getContact, lockContact } from './contact.queries.js';
import type { ContactDirectory } from './identity/contact.directory.js';
import { setValues } from './field/contact.fields.js';
import { addTags, removeTags, setTags } from './tag/contact.tags.js';

export interface UpsertedContact {
  readonly contact: Contact;
  /** False: it was there already. */
  readonly created: boolean;
}

/** Changes contacts for people and rules. Messages make and correct them, too: see the contact directory. */
export class ContactService {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #directory: Pick<ContactDirectory, 'ensure' | 'merge'>;
  readonly #wishes: ContactWishes;

  constructor(options: {
    readonly database: Database;
    readonly clock: Clock;
    readonly directory: Pick<ContactDirectory, 'ensure' | 'merge'>;
    readonly wishes: ContactWishes;
  }) {
    this.#database = options.database;
    this.#clock = options.clock;
    this.#directory = options.directory;
    this.#wishes = options.wishes;
  }

  /** Throws NOT_FOUND. */
  get(ctx: Context, id: string): Promise<Contact> {
    return this.#database.read(ctx, (em) => getContact(em, id));
  }

  /** By number: makes the contact or changes it. Tags are added to those it has. */
  async upsert(ctx: Context, request: ContactUpsert): Promise<UpsertedContact> {
    const { subaccountId, phoneNumber, tags, fields, name } = parseInput(contactUpsert, request);
    return this.#database.write(ctx, async (tx) => {
      const { agencyId } = await getSubaccount(tx.em, subaccountId);
      const found = await this.#directory.ensure(tx, { agencyId, subaccountId }, phoneNumber);
      // Held against a merge, but not against others who change it.
      const contact = await lockContact(tx, found.contact.id);
      const tagged = await addTags(tx, contact, tags ?? []);
      await this.#change(tx, contact, { name, fields }, tagged);
      return { contact, created: found.created };
    });
  }

  /** Throws STALE_VERSION. */
  async update(ctx: Context, id: string, request: ContactChanges): Promise<Contact> {
    const { version, tags, fields, name } = parseInput(contactChanges, request);
    return this.#database.write(ctx, async (tx) => {
      const contact = await lockContact(tx, id);
      if (contact.version !== version) {
        throw kernelErrors.STALE_VERSION({ data: { currentVersion: contact.version } });
      }
      const tagged = tags !== undefined && (await setTags(tx, contact, tags));
      await this.#change(tx, contact, { name, fields }, tagged);
      return contact;
    });
  }

  /** Having it already is no error. */
  addTag(ctx: Context, contactId: string, tag: string): Promise<Contact> {
    return this.#tag(ctx, contactId, tag, addTags);
  }

  removeTag(ctx: Context, contactId: string, tag: string): Promise<Contact> {
    return this.#tag(ctx, contactId, tag, removeTags);
  }

  /** The person wants no messages that nobody typed: those that wait end. */
  optOut(ctx: Context, id: string): Promise<Contact> {
    return this.#mark(ctx, id, 'contact.opted_out', (contact, at) => contact.optOut(at));
  }

  optIn(ctx: Context, id: string): Promise<Contact> {
    return this.#mark(ctx, id, 'contact.opted_in', (contact, at) => contact.optIn(at));
  }

  /** Nothing is sent to the person any more, not even what waits. */
  block(ctx: Context, id: string): Promise<Contact> {
    return this.#mark(ctx, id, 'contact.blocked', (contact, at) => contact.block(at));
  }

  unblock(ctx: Context, id: string): Promise<Contact> {
    return this.#mark(ctx, id, 'contact.unblocked', (contact, at) => contact.unblock(at));
  }

  /** Makes one contact of two that are one person: `fromId` is gone, all that it had belongs to `intoId`. */
  async merge(ctx: Context, intoId: string, fromId: string): Promise<Contact> {
    if (intoId === fromId) {
      throw invalidInput([{ path: 'input.mergeContactId', message: 'must be another contact' }]);
    }
    return this.#database.write(ctx, async (tx) => {
      const into = await lockContact(tx, intoId < fromId ? intoId : fromId);
      const other = await lockContact(tx, intoId < fromId ? fromId : intoId);
      if (into.subaccountId !== other.subaccountId) throw kernelErrors.NOT_FOUND();
      return this.#directory.merge(tx, { intoId, fromId, cause: 'PERSON' });
    });
  }

  /** Throws CONTACT_IN_USE when there is something that names it. */
  async delete(ctx: Context, id: string): Promise<void> {
    try {
      await this.#database.write(ctx, async (tx) => {
        const contact = await lockContact(tx, id);
        await forgetIdentities(tx, id);
        tx.em.remove(contact);
        await tx.em.flush();
        tx.append(contactChanged('contact.deleted', contact));
      });
    } catch (error) {
      if (error instanceof ForeignKeyConstraintViolationException) throw contactErrors.CONTACT_IN_USE();
      throw error;
    }
  }

  async #change(
    tx: Transaction,
    contact: Contact,
    { name, fields }: Pick<ContactChanges, 'name' | 'fields'>,
    tagged: boolean,
  ): Promise<void> {
    const changed = [
      ...((await setValues(tx, contact, fields ?? [])) ? ['fields'] : []),
      ...(name !== undefined && contact.rename(name) ? ['name'] : []),
    ];
    if (changed.length === 0 && !tagged) return;
    contact.touch(this.#clock.now());
    if (changed.length > 0) tx.append(contactUpdated(contact, changed));
    await tx.em.flush();
  }

  #tag(ctx: Context, contactId: string, tag: string, apply: typeof addTags): Promise<Contact> {
    const tags = [parseInput(tagText, tag, 'input.tag')];
    return this.#database.write(ctx, async (tx) => {
      const contact = await lockContact(tx, contactId);
      if (await apply(tx, contact, tags)) contact.touch(this.#clock.now());
      return contact;
    });
  }

  #mark(
    ctx: Context,
    id: string,
    topic: ContactTopic,
    mark: (contact: Contact, at: Date) => boolean,
  ): Promise<Contact> {
    return this.#database.write(ctx, async (tx) => {
      const contact = await lockContact(tx, id);
      if (!mark(contact, this.#clock.now())) return contact;
      tx.append(contactChanged(topic, contact));
      if (topic === 'contact.opted_out' || topic === 'contact.blocked')
        await this.#wishes.respect(tx, contact);
      return contact;
    });
  }
}

import { LockMode } from '@mikro-orm/core';
import { z } from 'zod';
import type { Clock } from '../../../kernel/clock.js';
import type { Context } from '../../../kernel/context.js';
import { kernelErrors } from '../../../kernel/errors.js';
import type { NewEvent } from '../../../kernel/events.js';
import { parseInput } from '../../../kernel/input.js';
import { decodeIdCursor, pageSize, toPage } from '../../../kernel/page.js';
import type { Page, PageRequest } from '../../../kernel/page.js';
import type { Database } from '../../../platform/database/database.js';
import { findFirstOfEach, isAfter } from '../../../platform/database/first-of-each.js';
import type { Transaction } from '../../../platform/database/transaction.js';
import { contactErrors } from '../contact.errors.js';
import { lockContact } from '../contact.queries.js';
import { ContactNote } from './contact-note.entity.js';

const MAX_LENGTH = 5_000;
const noteBody = z
  .string()
  .trim()
  .min(1, 'must not be empty')
  .max(MAX_LENGTH, `must have at most ${MAX_LENGTH} characters`)
  .regex(/^[^\0]*$/, 'must not contain the character U+0000');

/** Notes about contacts. */
export class ContactNoteService {
  readonly #database: Database;
  readonly #clock: Clock;

  constructor(options: { readonly database: Database; readonly clock: Clock }) {
    this.#database = options.database;
    this.#clock = options.clock;
  }

  /** Those that exist and may be seen, in no order. */
  findAll(ctx: Context, ids: readonly string[]): Promise<readonly ContactNote[]> {
    return this.#database.read(ctx, (em) => em.find(ContactNote, { id: { $in: [...ids] } }));
  }

  /** A page for each of several contacts, in their order, newest first. */
  listOfEach(
    ctx: Context,
    contactIds: readonly string[],
    request: PageRequest,
  ): Promise<readonly Page<ContactNote>[]> {
    const size = pageSize(request);
    return this.#database.read(ctx, async (em) => {
      const ids = await findFirstOfEach(em, {
        table: 'contact_note',
        ownerColumn: 'contact_id',
        ownerIds: contactIds,
        conditions: request.after == null ? [] : [isAfter({ id: decodeIdCursor(request.after) })],
        newestBy: ['id'],
        limit: size + 1,
      });
      const notes = await em.find(ContactNote, { id: { $in: ids } }, { orderBy: { id: 'desc' } });
      const byContact = Map.groupBy(notes, (note) => note.contactId);
      return contactIds.map((id) => toPage(byContact.get(id) ?? [], size, request, (note) => [note.id]));
    });
  }

  async add(ctx: Context, contactId: string, text: string): Promise<ContactNote> {
    const body = parseInput(noteBody, text, 'input.body');
    return this.#database.write(ctx, async (tx) => {
      const contact = await lockContact(tx, contactId);
      const note = ContactNote.create(contact, { authorId: userOf(ctx), body }, this.#clock.now());
      tx.em.persist(note);
      tx.append(noteChanged('contact_note.created', note));
      return note;
    });
  }

  /** Throws NOTE_OF_SOMEBODY_ELSE. */
  async update(ctx: Context, id: string, text: string): Promise<ContactNote> {
    const body = parseInput(noteBody, text, 'input.body');
    return this.#database.write(ctx, async (tx) => {
      const note = await lockNote(tx, id);
      if (!isAuthor(ctx, note)) throw contactErrors.NOTE_OF_SOMEBODY_ELSE();
      note.body = body;
      note.updatedAt = this.#clock.now();
      tx.append(noteChanged('contact_note.updated', note));
      return note;
    });
  }

  /** Throws NOTE_OF_SOMEBODY_ELSE. */
  delete(ctx: Context, id: string): Promise<void> {
    return this.#database.write(ctx, async (tx) => {
      const note = await lockNote(tx, id);
      if (!isAuthor(ctx, note) && !ctx.can('contact:delete', note.subaccountId))
        throw contactErrors.NOTE_OF_SOMEBODY_ELSE();
      tx.em.remove(note);
      tx.append(noteChanged('contact_note.deleted', note));
    });
  }
}

async function lockNote({ em }: Transaction, id: string): Promise<ContactNote> {
  const note = await em.findOne(ContactNote, { id }, { lockMode: LockMode.PESSIMISTIC_WRITE });
  if (note === null) throw kernelErrors.NOT_FOUND();
  return note;
}

function userOf({ actor }: Context): string | null {
  return actor.kind === 'user' ? actor.userId : null;
}

/** Notes of keys are nobody's: every key and user may change them. */
function isAuthor(ctx: Context, { authorId }: ContactNote): boolean {
  return authorId == null || authorId === userOf(ctx);
}

function noteChanged(
  topic: 'contact_note.created' | 'contact_note.updated' | 'contact_note.deleted',
  { id, subaccountId, contactId }: ContactNote,
): NewEvent {
  return { topic, subaccountId, payload: { contactNoteId: id, contactId } };
}

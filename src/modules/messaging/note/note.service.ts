import type { Clock } from '../../../kernel/clock.js';
import type { Context } from '../../../kernel/context.js';
import { invalidInput } from '../../../kernel/errors.js';
import { parseInput } from '../../../kernel/input.js';
import type { Page, PageRequest } from '../../../kernel/page.js';
import { requestHash } from '../../../platform/crypto/request-hash.js';
import type { Database } from '../../../platform/database/database.js';
import type { Transaction } from '../../../platform/database/transaction.js';
import { claimIdempotency } from '../../../platform/idempotency/idempotency.js';
import { findWorkers } from '../../identity/index.js';
import type { Conversation } from '../conversation/conversation.entity.js';
import { getConversation } from '../conversation/conversation.queries.js';
import { addMentions, findMentions } from './mentions.js';
import { ConversationNote } from './note.entity.js';
import { noteCreated, noteDeleted } from './note.events.js';
import { newNote } from './note.input.js';
import type { NewNote } from './note.input.js';
import { findNotes, getNote, listNotesOfEach, lockNote } from './note.queries.js';

/** Writes and reads what colleagues tell each other about conversations. */
export class NoteService {
  readonly #database: Database;
  readonly #clock: Clock;

  constructor(options: { readonly database: Database; readonly clock: Clock }) {
    this.#database = options.database;
    this.#clock = options.clock;
  }

  async create(ctx: Context, request: NewNote): Promise<ConversationNote> {
    const { idempotencyKey: key, ...draft } = parseInput(newNote, request);
    return this.#database.write(ctx, async (tx) => {
      const conversation = await getConversation(tx.em, draft.conversationId);
      if (key === null) return this.#create(tx, conversation, draft);
      const { agencyId, subaccountId } = conversation;
      const claim = await claimIdempotency(tx, {
        scopeId: subaccountId,
        agencyId,
        subaccountId,
        key,
        operation: 'createConversationNote',
        requestHash: requestHash(draft),
      });
      if (claim.kind === 'replay') return getNote(tx.em, claim.resourceId);
      const note = await this.#create(tx, conversation, draft);
      await claim.record(note.id);
      return note;
    });
  }

  /** One's own; those of others need the action `conversation_note:delete`. */
  async delete(ctx: Context, id: string): Promise<void> {
    await this.#database.write(ctx, async (tx) => {
      const note = await lockNote(tx.em, id);
      if (note.authorId == null || note.authorId !== authorOf(ctx))
        ctx.require('conversation_note:delete', note.subaccountId);
      tx.em.remove(note);
      tx.append(noteDeleted(note));
    });
  }

  /** Those that exist and may be seen, in no order. */
  findAll(ctx: Context, ids: readonly string[]): Promise<readonly ConversationNote[]> {
    return this.#database.read(ctx, (em) => findNotes(em, ids));
  }

  /** A page for each of several conversations, in their order, newest first. */
  listOfEach(
    ctx: Context,
    conversationIds: readonly string[],
    request: PageRequest,
  ): Promise<readonly Page<ConversationNote>[]> {
    return this.#database.read(ctx, (em) => listNotesOfEach(em, conversationIds, request));
  }

  /** The users whom each note names, by its id. */
  findMentions(ctx: Context, noteIds: readonly string[]): Promise<ReadonlyMap<string, string[]>> {
    return this.#database.read(ctx, (em) => findMentions(em, noteIds));
  }

  async #create(
    tx: Transaction,
    conversation: Conversation,
    { text, mentionedUserIds }: { readonly text: string; readonly mentionedUserIds: readonly string[] },
  ): Promise<ConversationNote> {
    const colleagues = await findWorkers(tx.em, mentionedUserIds, conversation.subaccountId);
    if (mentionedUserIds.some((id) => !colleagues.has(id))) {
      const message = 'must be users who work for the subaccount';
      throw invalidInput([{ path: 'input.mentionedUserIds', message }]);
    }
    const facts = { text, authorId: authorOf(tx.ctx) };
    const note = ConversationNote.create(conversation, facts, this.#clock.now());
    tx.em.persist(note);
    // The mentions refer to it.
    await tx.em.flush();
    await addMentions(tx.em, note, mentionedUserIds);
    tx.append(noteCreated(note, mentionedUserIds));
    return note;
  }
}

function authorOf({ actor }: Context): string | null {
  return actor.kind === 'user' ? actor.userId : null;
}

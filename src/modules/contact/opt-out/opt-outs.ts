import type { EntityManager } from '@mikro-orm/postgresql';
import type { Clock } from '../../../kernel/clock.js';
import type { Transaction } from '../../../platform/database/transaction.js';
import { contactChanged } from '../contact.events.js';
import { lockContact } from '../contact.queries.js';
import type { ContactWishes } from '../contact.wishes.js';
import { findWords } from './contact-settings.queries.js';
import { wishOf } from './opt-out.words.js';
import type { OptOutWords } from './opt-out.words.js';

/** Longer messages are no single word or phrase. */
const MAX_LENGTH = 100;
/** How long another process may take to notice that the words changed. */
const REMEMBERED_MS = 10_000;
const MAX_REMEMBERED = 10_000;

interface Remembered {
  readonly words: OptOutWords;
  readonly untilMs: number;
}

/** Heeds what people write who want no messages, or want them again. Words are remembered, so that a message costs no statement more. */
export class OptOuts {
  readonly #clock: Clock;
  readonly #wishes: ContactWishes;
  readonly #known = new Map<string, Remembered>();

  constructor(options: { readonly clock: Clock; readonly wishes: ContactWishes }) {
    this.#clock = options.clock;
    this.#wishes = options.wishes;
  }

  /** In the transaction that stores the message. */
  async heed(
    tx: Transaction,
    { subaccountId, contactId }: { readonly subaccountId: string; readonly contactId: string },
    text: string,
  ): Promise<void> {
    if (text.length > MAX_LENGTH) return;
    const wish = wishOf(text, await this.#wordsOf(tx.em, subaccountId));
    if (wish === null) return;
    const contact = await lockContact(tx, contactId);
    const at = this.#clock.now();
    const isNews = wish === 'OPT_OUT' ? contact.optOut(at) : contact.optIn(at);
    if (!isNews) return;
    await tx.em.flush();
    const topic = wish === 'OPT_OUT' ? 'contact.opted_out' : 'contact.opted_in';
    tx.append(contactChanged(topic, contact, { cause: 'MESSAGE' }));
    if (wish === 'OPT_OUT') await this.#wishes.respect(tx, contact);
  }

  /** Somebody changed the words of a subaccount. */
  forget(subaccountId: string): void {
    this.#known.delete(subaccountId);
  }

  async #wordsOf(em: EntityManager, subaccountId: string): Promise<OptOutWords> {
    const nowMs = this.#clock.monotonicMs();
    const known = this.#known.get(subaccountId);
    if (known !== undefined && known.untilMs > nowMs) return known.words;
    if (this.#known.size >= MAX_REMEMBERED) this.#known.clear();
    const words = await findWords(em, subaccountId);
    this.#known.set(subaccountId, { words, untilMs: nowMs + REMEMBERED_MS });
    return words;
  }
}

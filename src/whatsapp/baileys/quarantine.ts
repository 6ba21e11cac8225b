import { jidNormalizedUser, type BinaryNode } from '@whiskeysockets/baileys';
import type { Clock } from '../../kernel/clock.js';

/** So many unread messages of a person in a row, none of them read meanwhile, and their next ones wait. */
const TOLERATED = 5;
/** A person whose last unread message is longer ago begins anew. */
const FORGET_MS = 60_000;
/** One message of all that wait is tried in this time: the rest of the session is for everybody else. */
const TRY_EVERY_MS = 250;
/** What waits here is not acknowledged: WhatsApp delivers the rest again on the next connection. */
const MAX_WAITING = 1_000;

/** Somebody whose messages cannot be read at the moment. */
interface Suspect {
  unread: number;
  lastAtMs: number;
  readonly waiting: (() => Promise<void>)[];
}

/**
 * Lets nobody's unreadable messages hold up the readable ones of others: the library deals with one message at a time, and one that it
 * cannot read costs it a retry receipt. Who has sent several in a row is quarantined: their messages wait in a row of their own, of which one
 * is tried now and then, until one is read. Nothing that waits is acknowledged, so that a crash loses nothing of it.
 */
export class Quarantine {
  readonly #clock: Clock;
  readonly #signal: AbortSignal;
  readonly #onBegun: () => void;
  readonly #suspects = new Map<string, Suspect>();
  #waiting = 0;
  #isTrying = false;

  constructor(clock: Clock, signal: AbortSignal, onBegun: () => void) {
    this.#clock = clock;
    this.#signal = signal;
    this.#onBegun = onBegun;
  }

  /** Whether the message is dealt with later, by calling `handle`, and not now. */
  holds(node: BinaryNode, handle: () => Promise<void>): boolean {
    const suspect = this.#suspects.get(authorOf(node));
    if (suspect === undefined || !this.#isQuarantined(suspect)) return false;
    if (this.#waiting < MAX_WAITING) {
      suspect.waiting.push(handle);
      this.#waiting += 1;
      void this.#tryOneByOne();
    }
    return true;
  }

  /** A message could not be decrypted. */
  unread(node: BinaryNode): void {
    const author = authorOf(node);
    const nowMs = this.#clock.monotonicMs();
    const known = this.#suspects.get(author);
    if (known === undefined) this.#forget();
    const suspect =
      known !== undefined && !this.#isForgotten(known) ? known : { unread: 0, lastAtMs: nowMs, waiting: [] };
    suspect.unread += 1;
    suspect.lastAtMs = nowMs;
    this.#suspects.set(author, suspect);
    if (suspect.unread === TOLERATED) this.#onBegun();
  }

  /** A message was decrypted: what else its author wrote is worth a try at once, in its order. */
  read(node: BinaryNode): void {
    const suspect = this.#suspects.get(authorOf(node));
    if (suspect !== undefined) suspect.unread = 0;
  }

  #isForgotten({ unread, lastAtMs, waiting }: Suspect): boolean {
    return waiting.length === 0 && (unread === 0 || this.#clock.monotonicMs() - lastAtMs > FORGET_MS);
  }

  #isQuarantined(suspect: Suspect): boolean {
    if (this.#isForgotten(suspect)) return false;
    // Who is read again stays behind their own earlier messages.
    return suspect.unread >= TOLERATED || suspect.waiting.length > 0;
  }

  async #tryOneByOne(): Promise<void> {
    if (this.#isTrying) return;
    this.#isTrying = true;
    while (this.#waiting > 0 && !this.#signal.aborted) {
      for (const suspect of [...this.#suspects.values()]) await this.#tryNext(suspect);
    }
    this.#isTrying = false;
    this.#forget();
  }

  async #tryNext(suspect: Suspect): Promise<void> {
    const next = suspect.waiting[0];
    if (next === undefined) return;
    if (suspect.unread >= TOLERATED)
      await this.#clock.sleep(TRY_EVERY_MS, this.#signal).catch(() => undefined);
    if (this.#signal.aborted) return;
    // It fails only with the connection.
    await next().catch(() => undefined);
    // Not before: newer ones of the same person wait behind it.
    suspect.waiting.shift();
    this.#waiting -= 1;
  }

  #forget(): void {
    for (const [author, suspect] of this.#suspects)
      if (this.#isForgotten(suspect)) this.#suspects.delete(author);
  }
}

/** All devices of a person are one author, also in groups. */
function authorOf({ attrs }: BinaryNode): string {
  return jidNormalizedUser(attrs.participant ?? attrs.from ?? '');
}

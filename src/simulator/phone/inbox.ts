import type { ReceivedMessage } from './received-message.js';

type Predicate = (message: ReceivedMessage) => boolean;

/** What a phone has received, each id once, with a way to wait for more. */
export class Inbox {
  readonly messages: ReceivedMessage[] = [];
  readonly #byKey = new Map<string, ReceivedMessage>();
  readonly #waiters = new Set<Predicate>();

  /** @returns false when the id was there already: phones drop what they have seen */
  add(message: Omit<ReceivedMessage, 'copies'>): boolean {
    const key = `${message.from} ${message.id}`;
    const known = this.#byKey.get(key);
    if (known) {
      known.copies += 1;
      return false;
    }
    const first = { ...message, copies: 1 };
    this.#byKey.set(key, first);
    this.messages.push(first);
    for (const offer of [...this.#waiters]) offer(first);
    return true;
  }

  /** Resolves with the first message, past or future, that satisfies the predicate. */
  waitFor(predicate: Predicate, timeoutMs: number): Promise<ReceivedMessage> {
    const known = this.messages.find(predicate);
    if (known) return Promise.resolve(known);
    return new Promise((resolve, reject) => {
      const offer = (message: ReceivedMessage): boolean => {
        if (!predicate(message)) return false;
        clearTimeout(timer);
        this.#waiters.delete(offer);
        resolve(message);
        return true;
      };
      const timer = setTimeout(() => {
        this.#waiters.delete(offer);
        reject(new Error(`no such message on the phone within ${String(timeoutMs)} ms`));
      }, timeoutMs);
      this.#waiters.add(offer);
    });
  }
}

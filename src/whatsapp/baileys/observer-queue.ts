import type { SessionObserver } from '../ports.js';

/** Tells the observer one thing after another. The first call that rejects ends the session. */
export class ObserverQueue {
  readonly #observer: SessionObserver;
  readonly #onFailed: (error: unknown) => void;
  #last: Promise<void> = Promise.resolve();
  #inboxWaits = false;
  #silent = false;

  constructor(observer: SessionObserver, onFailed: (error: unknown) => void) {
    this.#observer = observer;
    this.#onFailed = onFailed;
  }

  /** Resolves when the observer has dealt with it; rejects when it failed, or an earlier call did. */
  tell<T>(call: (observer: SessionObserver) => Promise<T>): Promise<T> {
    const done = this.#last.then(() => {
      if (this.#silent) throw new Error('the session is closed');
      return call(this.#observer);
    });
    this.#last = done.then(
      () => undefined,
      (error: unknown) => {
        if (!this.#silent) this.#onFailed(error);
        this.#silent = true;
      },
    );
    done.catch(() => undefined);
    return done;
  }

  /** One call for all rows that are committed before it starts. */
  tellInbox(): void {
    if (this.#inboxWaits) return;
    this.#inboxWaits = true;
    void this.tell((observer) => {
      this.#inboxWaits = false;
      return observer.onInbox();
    });
  }

  /** The last call; nothing is told after it. */
  async tellLast(call: (observer: SessionObserver) => Promise<void>): Promise<void> {
    await this.#last;
    this.#silent = true;
    await call(this.#observer);
  }
}

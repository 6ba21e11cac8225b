import { deferred, type Deferred } from './deferred.js';
import type { ReceiptUpdate, SessionObserver } from '../ports.js';

/** One receipt is told at once; those that come within this time after it are told together. */
const GATHER_MS = 50;

interface Batch {
  readonly receipts: ReceiptUpdate[];
  readonly told: Promise<void>;
  /** Queues the call; once is enough. */
  readonly tell: () => void;
  readonly timer: NodeJS.Timeout;
}

/** Tells the observer one thing after another. The first call that rejects ends the session. */
export class ObserverQueue {
  readonly #observer: SessionObserver;
  readonly #onFailed: (error: unknown) => void;
  #last: Promise<void> = Promise.resolve();
  #inboxWaits = false;
  /** Receipts whose call has not been queued yet. */
  #gathering: Batch | null = null;
  #nextBatchAtMs = 0;
  #silent = false;

  constructor(observer: SessionObserver, onFailed: (error: unknown) => void) {
    this.#observer = observer;
    this.#onFailed = onFailed;
  }

  /** Resolves when the observer has dealt with it; rejects when it failed, or an earlier call did. */
  tell<T>(call: (observer: SessionObserver) => Promise<T>): Promise<T> {
    // What came before is told before.
    this.#gathering?.tell();
    return this.#queue(call);
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

  /** As {@link tell}, together with other receipts that come at about the same time. */
  tellReceipt(receipt: ReceiptUpdate): Promise<void> {
    this.#gathering ??= this.#gather();
    this.#gathering.receipts.push(receipt);
    return this.#gathering.told;
  }

  /** The last call; nothing is told after it. */
  async tellLast(call: (observer: SessionObserver) => Promise<void>): Promise<void> {
    this.#gathering?.tell();
    await this.#last;
    this.#silent = true;
    await call(this.#observer);
  }

  #gather(): Batch {
    const receipts: ReceiptUpdate[] = [];
    const told: Deferred<void> = deferred();
    const tell = (): void => {
      clearTimeout(timer);
      this.#gathering = null;
      this.#nextBatchAtMs = performance.now() + GATHER_MS;
      this.#queue((observer) => observer.onReceipts(receipts)).then(told.resolve, told.reject);
    };
    const timer = setTimeout(tell, Math.max(0, this.#nextBatchAtMs - performance.now()));
    told.promise.catch(() => undefined);
    return { receipts, told: told.promise, tell, timer };
  }

  #queue<T>(call: (observer: SessionObserver) => Promise<T>): Promise<T> {
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
}

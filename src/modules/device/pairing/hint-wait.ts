import type { Hints } from '../../../platform/pubsub/hints.js';

/** Waits for hints of one topic; one that comes while nobody waits counts for the next wait. */
export class HintWait implements Disposable {
  readonly #signal: AbortSignal;
  readonly #unsubscribe: () => void;
  readonly #onAbort = (): void => this.#hear();
  #heard = false;
  #wake: (() => void) | null = null;

  constructor(hints: Hints, topic: string, signal: AbortSignal) {
    this.#signal = signal;
    this.#unsubscribe = hints.subscribe(topic, () => this.#hear());
    signal.addEventListener('abort', this.#onAbort, { once: true });
  }

  /** Resolves at the next hint, or when the signal is aborted. */
  async next(): Promise<void> {
    if (!this.#heard && !this.#signal.aborted) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    this.#heard = false;
  }

  [Symbol.dispose](): void {
    this.#unsubscribe();
    this.#signal.removeEventListener('abort', this.#onAbort);
  }

  #hear(): void {
    this.#heard = true;
    this.#wake?.();
    this.#wake = null;
  }
}

import type { Clock } from '../../kernel/clock.js';

/** The library answers some stanzas without decrypting them; silence for this long counts as an end. */
const QUIET_MS = 3_000;

/** Finds the moment when everything that WhatsApp had queued for us is dealt with. */
export class CatchUp {
  readonly #open = new Set<object>();
  readonly #clock: Clock;
  readonly #signal: AbortSignal;
  readonly #onDone: () => void;
  #started = false;
  #announced = false;
  #done = false;
  #progress = 0;

  constructor(clock: Clock, signal: AbortSignal, onDone: () => void) {
    this.#clock = clock;
    this.#signal = signal;
    this.#onDone = onDone;
  }

  arrived(stanza: object): void {
    if (!this.#done) this.#open.add(stanza);
  }

  settled(stanza: object): void {
    this.#progress += 1;
    this.#open.delete(stanza);
    this.#check();
  }

  /** The login is complete; WhatsApp may have handed over what it had before. */
  start(): void {
    this.#started = true;
    this.#check();
  }

  /** WhatsApp has handed over all that it had. */
  announce(): void {
    this.#announced = true;
    this.#check();
    if (!this.#done) void this.#giveUpWhenQuiet();
  }

  #check(): void {
    if (this.#done || !this.#started || !this.#announced || this.#open.size > 0) return;
    this.#done = true;
    this.#onDone();
  }

  async #giveUpWhenQuiet(): Promise<void> {
    for (let seen = -1; !this.#done && !this.#signal.aborted && seen !== this.#progress;) {
      seen = this.#progress;
      await this.#clock.sleep(QUIET_MS, this.#signal).catch(() => undefined);
    }
    if (this.#signal.aborted) return;
    this.#open.clear();
    this.#check();
  }
}

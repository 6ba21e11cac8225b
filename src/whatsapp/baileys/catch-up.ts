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
  readonly #waiting: (() => void)[] = [];

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
    if (this.#open.size === 0) this.#release();
    this.#check();
  }

  /** Nothing that has arrived is open, or nothing of it moves any more. */
  async untilSettled(): Promise<void> {
    if (this.#open.size === 0) return;
    const settled = new Promise<void>((resolve) => {
      this.#waiting.push(resolve);
    });
    await Promise.race([settled, this.#untilQuiet()]);
  }

  #release(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
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
    await this.#untilQuiet();
    if (this.#signal.aborted) return;
    this.#open.clear();
    this.#release();
    this.#check();
  }

  async #untilQuiet(): Promise<void> {
    for (let seen = -1; this.#open.size > 0 && !this.#signal.aborted && seen !== this.#progress;) {
      seen = this.#progress;
      await this.#clock.sleep(QUIET_MS, this.#signal).catch(() => undefined);
    }
  }
}

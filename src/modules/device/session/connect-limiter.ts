import { Semaphore } from 'async-mutex';
import type { Clock } from '../../../kernel/clock.js';

/** So many log in at the same time: each costs a tenth of a second of a processor, and what else the process does must not wait for all. */
const AT_ONCE = 8;
/** A connection that takes longer than this waits for somebody else, and holds up nobody. */
const HOLDS_MS = 5_000;

/** Says that a connection stands, or has come to nothing. */
export type Connected = () => void;

/** Spaces out connects: at most so many a second and at once for this process, in the order in which they were asked for. */
export class ConnectLimiter {
  readonly #clock: Clock;
  readonly #spacingMs: number;
  readonly #places = new Semaphore(AT_ONCE);
  #nextAtMs = 0;

  constructor(clock: Clock, connectsPerSecond: number) {
    this.#clock = clock;
    this.#spacingMs = 1_000 / connectsPerSecond;
  }

  /** Resolves when the caller may connect; rejects when the signal is aborted first. */
  async turn(signal: AbortSignal): Promise<Connected> {
    const leave = await this.#place(signal);
    try {
      await this.#spaced(signal);
    } catch (error) {
      leave();
      throw error;
    }
    const connected = new AbortController();
    void this.#clock
      .sleep(HOLDS_MS, connected.signal)
      .catch(() => undefined)
      .then(leave);
    return () => connected.abort();
  }

  async #place(signal: AbortSignal): Promise<() => void> {
    signal.throwIfAborted();
    const place = this.#places.acquire();
    const { promise: stopped, reject } = Promise.withResolvers<never>();
    const stop = (): void => reject(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
    try {
      const [, leave] = await Promise.race([place, stopped]);
      return leave;
    } catch (error) {
      void place.then(([, leave]) => leave());
      throw error;
    } finally {
      signal.removeEventListener('abort', stop);
    }
  }

  async #spaced(signal: AbortSignal): Promise<void> {
    const now = this.#clock.monotonicMs();
    const at = Math.max(now, this.#nextAtMs);
    this.#nextAtMs = at + this.#spacingMs;
    if (at > now) await this.#clock.sleep(at - now, signal);
  }
}

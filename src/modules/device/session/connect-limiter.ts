import type { Clock } from '../../../kernel/clock.js';

/** Spaces out connects: at most so many a second for this process, in the order in which they were asked for. */
export class ConnectLimiter {
  readonly #clock: Clock;
  readonly #spacingMs: number;
  #nextAtMs = 0;

  constructor(clock: Clock, connectsPerSecond: number) {
    this.#clock = clock;
    this.#spacingMs = 1_000 / connectsPerSecond;
  }

  /** Resolves when the caller may connect; rejects when the signal is aborted first. */
  async turn(signal: AbortSignal): Promise<void> {
    const now = this.#clock.monotonicMs();
    const at = Math.max(now, this.#nextAtMs);
    this.#nextAtMs = at + this.#spacingMs;
    if (at > now) await this.#clock.sleep(at - now, signal);
  }
}

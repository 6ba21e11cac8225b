import { systemClock } from '../../src/kernel/clock.js';
import type { Clock } from '../../src/kernel/clock.js';

/** The system's clock, whose calendar can be put forward. Durations stay real. */
export class MovableClock implements Clock {
  readonly monotonicMs = systemClock.monotonicMs;
  readonly sleep = systemClock.sleep;
  #aheadMs = 0;

  now(): Date {
    return new Date(Date.now() + this.#aheadMs);
  }

  advance(ms: number): void {
    this.#aheadMs += ms;
  }
}

import type { Clock } from '../../kernel/clock.js';

const QUIET_MS = 10_000;
const MAX_TEXTS = 100;

/** Lets the first of equal lines pass, then one each ten seconds with the number of those left out. */
export class Repetition {
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  readonly #seen = new Map<string, { passedAtMs: number; leftOut: number }>();

  constructor(clock: Pick<Clock, 'monotonicMs'>) {
    this.#clock = clock;
  }

  /** How many equal lines were left out since the last one that passed; null: this one is left out too. */
  pass(text: string): number | null {
    const nowMs = this.#clock.monotonicMs();
    const known = this.#seen.get(text);
    if (known !== undefined && nowMs - known.passedAtMs < QUIET_MS) {
      known.leftOut += 1;
      return null;
    }
    if (this.#seen.size >= MAX_TEXTS) this.#seen.clear();
    this.#seen.set(text, { passedAtMs: nowMs, leftOut: 0 });
    return known?.leftOut ?? 0;
  }
}

import { createHash } from 'node:crypto';

/** The same seed draws the same numbers, whatever the machine does meanwhile. */
export class Draw {
  readonly #seed: string;
  #drawn = 0;

  constructor(seed: string) {
    this.#seed = seed;
  }

  /** One of 0 … below - 1. */
  below(below: number): number {
    this.#drawn += 1;
    return createHash('sha256').update(`${this.#seed}/${this.#drawn}`).digest().readUInt32BE(0) % below;
  }
}

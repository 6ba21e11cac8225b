import { createHmac } from 'node:crypto';

/**
 * Bytes that depend on the seed alone, so that the same seed always makes the same numbers, LIDs and keys.
 * This is a test instrument: nothing here protects anything.
 */
export class SeededRandom {
  readonly seed: string;
  #block = 0;
  #pool = Buffer.alloc(0);

  constructor(seed: string) {
    this.seed = seed;
  }

  /** An independent stream: what one part draws does not shift what another part gets. */
  fork(label: string): SeededRandom {
    return new SeededRandom(`${this.seed}/${label}`);
  }

  bytes(length: number): Buffer {
    while (this.#pool.length < length) {
      const block = createHmac('sha256', this.seed).update(String(this.#block++)).digest();
      this.#pool = Buffer.concat([this.#pool, block]);
    }
    const taken = this.#pool.subarray(0, length);
    this.#pool = this.#pool.subarray(length);
    return Buffer.from(taken);
  }

  /** A whole number in `[min, max]`. */
  integer(min: number, max: number): number {
    return min + (this.bytes(6).readUIntBE(0, 6) % (max - min + 1));
  }

  digits(length: number): string {
    return Array.from(this.bytes(length), (byte) => String(byte % 10)).join('');
  }
}

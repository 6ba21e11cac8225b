import { createHmac, createSecretKey, hkdfSync, timingSafeEqual } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { DataKey, KEY_BYTES } from './data-key.js';
import { openWith, sealWith, UnsealError } from './sealed-box.js';

const ID_BYTES = 4;

/**
 * The key above all others, kept outside the database. It wraps data keys and gives a separate key to each other
 * purpose. A wrapped key starts with the id of the master key that wrapped it, so that a rotation can tell them apart.
 */
export class MasterKey {
  readonly #wrappingKey: KeyObject;
  readonly #root: Uint8Array;
  /** Tells master keys apart without revealing anything about them. */
  readonly id: Buffer;

  private constructor(root: Uint8Array) {
    if (root.length !== KEY_BYTES) throw new Error(`the master key must have ${KEY_BYTES} bytes`);
    this.#root = root;
    this.#wrappingKey = createSecretKey(this.derive('wrap data keys'));
    this.id = this.derive('key id').subarray(0, ID_BYTES);
  }

  /** From 64 hexadecimal digits, as the configuration holds it. */
  static fromHex(hex: string): MasterKey {
    return new MasterKey(Buffer.from(hex, 'hex'));
  }

  /** A key of its own for one purpose (HKDF-SHA256). */
  derive(purpose: string): Buffer {
    return Buffer.from(hkdfSync('sha256', this.#root, '', `trunkline ${purpose}`, KEY_BYTES));
  }

  wrap(key: DataKey, aad: string): Buffer {
    return Buffer.concat([this.id, key.sealedBy((bytes) => sealWith(this.#wrappingKey, bytes, aad))]);
  }

  /** Throws UnsealError, and says so when another master key wrapped it. */
  unwrap(wrapped: Uint8Array, aad: string): DataKey {
    if (!this.id.equals(wrapped.subarray(0, ID_BYTES))) {
      throw new UnsealError('the data key was wrapped by another MASTER_KEY');
    }
    return new DataKey(openWith(this.#wrappingKey, wrapped.subarray(ID_BYTES), aad));
  }

  /** Stored in the database at the first start; a server with another master key refuses to run on it. */
  checkValue(): string {
    return createHmac('sha256', this.derive('check value')).update('trunkline').digest('hex');
  }

  verifyCheckValue(stored: string): boolean {
    const expected = Buffer.from(this.checkValue());
    const given = Buffer.from(stored);
    return given.length === expected.length && timingSafeEqual(given, expected);
  }
}

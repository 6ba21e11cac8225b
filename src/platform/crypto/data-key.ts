import { createSecretKey, randomBytes } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { openWith, sealWith } from './sealed-box.js';

export const KEY_BYTES = 32;

/** Encrypts the rows of one device. Lives in the database only wrapped by the {@link MasterKey}. */
export class DataKey {
  readonly #key: KeyObject;

  /** Made by {@link DataKey.generate} or by unwrapping. */
  constructor(bytes: Uint8Array) {
    if (bytes.length !== KEY_BYTES) throw new Error(`a data key has ${KEY_BYTES} bytes`);
    this.#key = createSecretKey(bytes);
  }

  static generate(): DataKey {
    return new DataKey(randomBytes(KEY_BYTES));
  }

  /** `aad` names the place of the value, such as `device_credentials:<device id>`; the same is needed to open it. */
  seal(plaintext: Uint8Array, aad: string): Buffer {
    return sealWith(this.#key, plaintext, aad);
  }

  /** Throws UnsealError when the data is not what was sealed for this place. */
  open(sealed: Uint8Array, aad: string): Buffer {
    return openWith(this.#key, sealed, aad);
  }

  /** Lets the master key seal this key without handing the bytes out for anything else. */
  sealedBy(seal: (bytes: Uint8Array) => Buffer): Buffer {
    return seal(this.#key.export());
  }
}

import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { KeyObject } from 'node:crypto';

const ALGORITHM = 'aes-256-gcm';
/** First byte of everything sealed: how the rest is laid out. */
const FORMAT = 1;
const IV_BYTES = 12;
const TAG_BYTES = 16;
const HEADER_BYTES = 1 + IV_BYTES;

/** The data was not sealed with this key for this place, or was changed since. */
export class UnsealError extends Error {
  override readonly name = 'UnsealError';
}

/**
 * AES-256-GCM as `format(1) iv(12) ciphertext tag(16)`. The IV is random, which is safe for far less than 2^32
 * seals a key. `aad` names the place (table, row, column): a value moved elsewhere does not open.
 */
export function sealWith(key: KeyObject, plaintext: Uint8Array, aad: string): Buffer {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv(ALGORITHM, key, iv).setAAD(Buffer.from(aad));
  return Buffer.concat([
    Buffer.of(FORMAT),
    iv,
    cipher.update(plaintext),
    cipher.final(),
    cipher.getAuthTag(),
  ]);
}

/** Throws {@link UnsealError}. */
export function openWith(key: KeyObject, sealed: Uint8Array, aad: string): Buffer {
  if (sealed.length < HEADER_BYTES + TAG_BYTES) throw new UnsealError('sealed data is too short');
  if (sealed[0] !== FORMAT) throw new UnsealError(`sealed data has unknown format ${sealed[0]}`);
  const decipher = createDecipheriv(ALGORITHM, key, sealed.subarray(1, HEADER_BYTES), {
    authTagLength: TAG_BYTES,
  })
    .setAAD(Buffer.from(aad))
    .setAuthTag(sealed.subarray(-TAG_BYTES));
  try {
    return Buffer.concat([decipher.update(sealed.subarray(HEADER_BYTES, -TAG_BYTES)), decipher.final()]);
  } catch (cause) {
    throw new UnsealError('sealed data does not open with this key and place', { cause });
  }
}

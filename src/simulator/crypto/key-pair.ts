import { createPrivateKey, createPublicKey } from 'node:crypto';
import { Curve } from '@whiskeysockets/baileys';
import { verifySignature } from 'libsignal/src/curve.js';
import type { SeededRandom } from './seeded-random.js';

export interface KeyPair {
  readonly public: Buffer;
  readonly private: Buffer;
}

const PKCS8_X25519_PREFIX = Buffer.from('302e020100300506032b656e04220420', 'hex');
const SPKI_PREFIX_LENGTH = 12;
const SIGNAL_KEY_TYPE = Buffer.from([5]);

/** An X25519 pair drawn from the seed, without the type byte that Signal puts before public keys. */
export function seededKeyPair(random: SeededRandom): KeyPair {
  const secret = random.bytes(32);
  clamp(secret);
  const key = createPrivateKey({
    key: Buffer.concat([PKCS8_X25519_PREFIX, secret]),
    format: 'der',
    type: 'pkcs8',
  });
  const spki = createPublicKey(key).export({ format: 'der', type: 'spki' });
  return { public: spki.subarray(SPKI_PREFIX_LENGTH), private: secret };
}

export function randomKeyPair(): KeyPair {
  const pair = Curve.generateKeyPair();
  return { public: Buffer.from(pair.public), private: Buffer.from(pair.private) };
}

/** Signal writes public keys with a leading 05, WhatsApp's own fields without. */
export function withKeyType(publicKey: Uint8Array): Buffer {
  return publicKey.length === 33 ? Buffer.from(publicKey) : Buffer.concat([SIGNAL_KEY_TYPE, publicKey]);
}

export function sign(pair: KeyPair, message: Uint8Array): Buffer {
  return Buffer.from(Curve.sign(pair.private, message));
}

/** Baileys' `Curve.verify` accepts any 64 bytes, so the check goes straight to libsignal. */
export function isSignedBy(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  if (publicKey.length !== 32 || signature.length !== 64) return false;
  return verifySignature(withKeyType(publicKey), Buffer.from(message), Buffer.from(signature));
}

function clamp(secret: Buffer): void {
  secret.writeUInt8(secret.readUInt8(0) & 248, 0);
  secret.writeUInt8((secret.readUInt8(31) & 127) | 64, 31);
}

import crypto, { createSecretKey } from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';

const TAKE_KEYS = ['createHmac', 'createCipheriv', 'createDecipheriv'] as const;

let areWrapped = false;

/**
 * Node 24 learns that a key is plain bytes by two exceptions that it throws and catches, in each HMAC and each cipher: below the calls of the Signal
 * library, which makes ten of both for a message, that costs more than its cryptography. Key objects are known at once, so bytes are made one first.
 */
export function wrapRawKeys(): void {
  if (areWrapped) return;
  areWrapped = true;
  for (const name of TAKE_KEYS) {
    const make: unknown = crypto[name];
    if (typeof make !== 'function') continue;
    const wrapping = (algorithm: unknown, key: unknown, ...rest: readonly unknown[]): unknown =>
      Reflect.apply(make, crypto, [
        algorithm,
        key instanceof Uint8Array ? createSecretKey(key) : key,
        ...rest,
      ]);
    Object.assign(crypto, { [name]: wrapping });
  }
  // Modules that have imported them by name see these from now on.
  syncBuiltinESMExports();
}

import { BoundedCache } from './bounded-cache.js';

type Verify = (key: Uint8Array, text: Uint8Array, signature: Uint8Array) => boolean;

/** The two certificates that WhatsApp shows, and some of before. */
const REMEMBERED = 16;

/**
 * Remembers which signatures were found good. The library checks them in JavaScript, 7 ms each, and with each login the same two of WhatsApp's
 * certificates. Nothing but the three arguments decides about a signature, so what was good stays good.
 */
export function rememberingGood(verify: Verify): Verify {
  const good = new BoundedCache(REMEMBERED, () => 0);
  return (key, text, signature) => {
    const asked = [key, text, signature].map((bytes) => Buffer.from(bytes).toString('base64')).join(' ');
    if (good.get(asked) === true) return true;
    const isGood = verify(key, text, signature);
    if (isGood) good.set(asked, true);
    return isGood;
  };
}

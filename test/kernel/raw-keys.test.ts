import crypto, { createCipheriv, createDecipheriv, createHmac, KeyObject } from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import { expect, it } from 'vitest';
import { wrapRawKeys } from '../../src/kernel/raw-keys.js';

const KEY = Buffer.alloc(32, 7);
const mac = (key: Uint8Array | string): string => createHmac('sha256', key).update('text').digest('hex');

function sealed(): string {
  const cipher = createCipheriv('aes-256-cbc', KEY, Buffer.alloc(16));
  const bytes = Buffer.concat([cipher.update('text'), cipher.final()]);
  const decipher = createDecipheriv('aes-256-cbc', KEY, Buffer.alloc(16));
  return `${bytes.toString('hex')} ${decipher.update(bytes, undefined, 'utf8')}${decipher.final('utf8')}`;
}

it('gives Node keys that it knows, also to who has imported its functions by name, and changes no result', () => {
  const seen: unknown[] = [];
  const { createHmac: own } = crypto;
  crypto.createHmac = (algorithm, key, options) => {
    seen.push(key);
    return own(algorithm, key, options);
  };
  syncBuiltinESMExports();
  const before = [mac(KEY), mac('a password'), mac(new Uint8Array()), sealed()];
  expect(seen.some((key) => key instanceof KeyObject)).toBe(false);
  seen.length = 0;

  wrapRawKeys();
  wrapRawKeys();

  expect([mac(KEY), mac('a password'), mac(new Uint8Array()), sealed()]).toEqual(before);
  expect(seen.map((key) => key instanceof KeyObject)).toEqual([true, false, true]);
});

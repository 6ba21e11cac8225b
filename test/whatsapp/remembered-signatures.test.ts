import { describe, expect, it } from 'vitest';
import { rememberingGood } from '../../src/whatsapp/baileys/remembered-signatures.js';

const bytes = (text: string): Uint8Array => Buffer.from(text);

function countingVerify(isGood: boolean) {
  let asked = 0;
  const verify = rememberingGood(() => {
    asked += 1;
    return isGood;
  });
  return { verify, asked: () => asked };
}

describe('a signature', () => {
  it('that was good is good without another look', () => {
    const { verify, asked } = countingVerify(true);
    expect(verify(bytes('key'), bytes('text'), bytes('signature'))).toBe(true);
    expect(verify(bytes('key'), bytes('text'), bytes('signature'))).toBe(true);
    expect(asked()).toBe(1);
  });

  it.each([
    ['by another key', ['other', 'text', 'signature']],
    ['of another text', ['key', 'other', 'signature']],
    ['that differs', ['key', 'text', 'other']],
    ['whose bytes are cut elsewhere', ['keyt', 'ext', 'signature']],
  ])('%s is looked at', (_name, parts) => {
    const { verify, asked } = countingVerify(true);
    verify(bytes('key'), bytes('text'), bytes('signature'));
    const [key = '', text = '', signature = ''] = parts;
    verify(bytes(key), bytes(text), bytes(signature));
    expect(asked()).toBe(2);
  });

  it('that was bad is looked at again', () => {
    const { verify, asked } = countingVerify(false);
    expect(verify(bytes('key'), bytes('text'), bytes('signature'))).toBe(false);
    expect(verify(bytes('key'), bytes('text'), bytes('signature'))).toBe(false);
    expect(asked()).toBe(2);
  });
});

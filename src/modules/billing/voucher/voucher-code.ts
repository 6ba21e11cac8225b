import { randomInt } from 'node:crypto';

/** Crockford's alphabet: what people confuse is not in it. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const GROUPS = 4;
const GROUP_LENGTH = 4;

/** A code with 80 random bits, in groups that can be read aloud: `7K2M-9QX4-PB3D-W8HT`. */
export function createVoucherCode(): string {
  const group = () =>
    Array.from({ length: GROUP_LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');
  return Array.from({ length: GROUPS }, group).join('-');
}

/** As it is stored, whatever somebody typed: in small letters, with or without dashes, with O for 0 and I or L for 1. */
export function normaliseVoucherCode(text: string): string {
  const letters = text
    .toUpperCase()
    .replace(/[^0-9A-Z]/g, '')
    .replaceAll('O', '0')
    .replace(/[IL]/g, '1');
  return letters.match(/.{1,4}/g)?.join('-') ?? '';
}

import { createHash, randomInt, timingSafeEqual } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { MasterKey } from './master-key.js';

const PREFIXES = {
  api_key: 'tl_key_',
  device: 'tl_dev_',
  session: 'tl_ses_',
  invitation: 'tl_inv_',
} as const;
export type TokenKind = keyof typeof PREFIXES;

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const SECRET_LENGTH = 30;
/** 62^6 is more than 2^32, so six digits hold any CRC32. */
const CHECKSUM_LENGTH = 6;
const SHAPE = new RegExp(`^tl_(?:key|dev|ses|inv)_[0-9A-Za-z]{${SECRET_LENGTH + CHECKSUM_LENGTH}}$`);

/**
 * A new secret with 178 random bits and a checksum: mistyped and made-up tokens are refused without a look into the
 * database, and secret scanners can recognise real ones.
 */
export function createToken(kind: TokenKind): string {
  const secret = Array.from({ length: SECRET_LENGTH }, () => BASE62.charAt(randomInt(BASE62.length))).join(
    '',
  );
  return withChecksum(`${PREFIXES[kind]}${secret}`);
}

/**
 * The token of `label`, always the same: every repetition of an idempotent create shows one secret that nobody stored.
 * `label` names what was created and must be unique among everything derived for `kind`.
 */
export function deriveToken(kind: TokenKind, masterKey: MasterKey, label: string): string {
  const base = BigInt(BASE62.length);
  let rest = BigInt(`0x${masterKey.derive(`${kind} token ${label}`).toString('hex')}`);
  let secret = '';
  for (let i = 0; i < SECRET_LENGTH; i += 1) {
    secret += BASE62.charAt(Number(rest % base));
    rest /= base;
  }
  return withChecksum(`${PREFIXES[kind]}${secret}`);
}

/** What kind of token this is, or null when none of ours has this form and checksum. */
export function parseToken(text: string): { readonly kind: TokenKind } | null {
  if (!SHAPE.test(text) || withChecksum(text.slice(0, -CHECKSUM_LENGTH)) !== text) return null;
  const kinds = Object.keys(PREFIXES) as TokenKind[];
  const kind = kinds.find((name) => text.startsWith(PREFIXES[name]));
  return kind === undefined ? null : { kind };
}

/** What the database stores: SHA-256 is enough for a secret that nobody can guess. */
export function tokenHash(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

/** Compares in constant time. */
export function hashesEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}

/** How every token of a kind begins, which secret scanners look for. */
export function tokenPrefix(kind: TokenKind): string {
  return PREFIXES[kind];
}

/** `tl_key_…x9Kq`: enough to recognise a token in a list. */
export function tokenDisplay(token: string): string {
  return `${token.slice(0, PREFIXES.device.length)}…${token.slice(-4)}`;
}

function withChecksum(body: string): string {
  let rest = crc32(body);
  let digits = '';
  for (let i = 0; i < CHECKSUM_LENGTH; i += 1) {
    digits = BASE62.charAt(rest % BASE62.length) + digits;
    rest = Math.floor(rest / BASE62.length);
  }
  return `${body}${digits}`;
}

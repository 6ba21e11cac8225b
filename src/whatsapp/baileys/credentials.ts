import { BufferJSON, initAuthCreds, type AuthenticationCreds } from '@whiskeysockets/baileys';
import type { LinkedIdentity } from '../ports.js';
import { lidOf, phoneOf } from '../addresses.js';

/** WhatsApp's names for the business apps on Android and iOS. */
const BUSINESS_PLATFORMS: ReadonlySet<string> = new Set(['smba', 'smbi']);

/** The library's credentials and one fact of ours: whether the product has accepted the link. */
export interface Credentials {
  readonly creds: AuthenticationCreds;
  accepted: boolean;
}

export function newCredentials(): Credentials {
  return { creds: initAuthCreds(), accepted: false };
}

export function serialiseCredentials(credentials: Credentials): Uint8Array {
  return Buffer.from(JSON.stringify(credentials, BufferJSON.replacer), 'utf8');
}

export function parseCredentials(bytes: Uint8Array): Credentials {
  const parsed: unknown = JSON.parse(Buffer.from(bytes).toString('utf8'), BufferJSON.reviver);
  if (typeof parsed !== 'object' || parsed === null || !('creds' in parsed) || !('accepted' in parsed)) {
    throw new Error('the stored credentials are not ours');
  }
  return { creds: parsed.creds as AuthenticationCreds, accepted: parsed.accepted === true };
}

/** The account behind linked credentials; null before the phone has linked them. */
export function identityOf(creds: AuthenticationCreds): LinkedIdentity | null {
  const phoneNumber = phoneOf(creds.me?.id);
  // Asking for a pairing code sets `me` already; only the phone's signature makes it a link.
  if (phoneNumber === null || creds.account === undefined) return null;
  const platform = creds.platform ?? 'unknown';
  const name = creds.me?.name ?? null;
  return {
    phoneNumber,
    lid: lidOf(creds.me?.lid),
    platform,
    business: BUSINESS_PLATFORMS.has(platform),
    // The library's placeholder for "no name yet".
    name: name === '~' ? null : name,
  };
}

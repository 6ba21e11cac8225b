import { maskPhone } from '../../kernel/phone.js';

const REDACTED = '[redacted]';
const MAX_TEXT_LENGTH = 4_000;
const MAX_ITEMS = 50;
const MAX_DEPTH = 8;

/** Names compared without case, `_` and `-`. These hold secrets or what people wrote, whatever the object. */
const SECRET_NAMES = new Set(
  [
    ...['auth', 'authorization', 'proxyauthorization', 'cookie', 'setcookie', 'headers'],
    ...['password', 'passwd', 'passphrase', 'secret', 'token', 'key', 'keys', 'creds', 'credentials'],
    ...['qr', 'qrimage', 'code', 'pairingcode', 'ref', 'signature'],
    ...['text', 'body', 'caption', 'content', 'conversation', 'message', 'messages', 'plaintext', 'payload'],
    ...['node', 'stanza', 'attrs', 'pushname', 'notify', 'verifiedname', 'email', 'vcard', 'data'],
    ...['parameters', 'params', 'variables', 'detail', 'where', 'sql', 'query'],
  ].map(normalised),
);
const SECRET_ENDINGS =
  /(token|password|secret|credentials|apikey|privatekey|masterkey|operatorkey|mediakey)$/;

/** Inside an error these two name what went wrong. */
const ERROR_NAMES = new Set(['code', 'message']);
const ERROR_HOLDERS = new Set(['err', 'error', 'cause']);

/**
 * A copy of a log object that is safe to write: secret names are emptied, and every text loses what looks like a
 * token, a password in a URL or a phone number. Meant for what `JSON.parse` gives back.
 */
export function redact(value: unknown, holder = '', depth = 0): unknown {
  if (typeof value === 'string') return maskText(value);
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= MAX_DEPTH) return '[too deep]';
  if (Array.isArray(value)) {
    return value.slice(0, MAX_ITEMS).map((item) => redact(item, holder, depth + 1));
  }
  const entries = Object.entries(value).map(([name, part]): [string, unknown] =>
    isSecretName(name, holder) ? [name, REDACTED] : [maskText(name), redact(part, name, depth + 1)],
  );
  return Object.fromEntries(entries);
}

function isSecretName(name: string, holder: string): boolean {
  if (ERROR_HOLDERS.has(holder) && ERROR_NAMES.has(name)) return false;
  const plain = normalised(name);
  return SECRET_NAMES.has(plain) || SECRET_ENDINGS.test(plain);
}

function normalised(name: string): string {
  return name.toLowerCase().replace(/[_-]/g, '');
}

const SECRETS: readonly (readonly [RegExp, string])[] = [
  [/\btl_(key|dev|ses)_[0-9A-Za-z]+/g, `tl_$1_${REDACTED}`],
  [/\b(Bearer|Basic)\s+[\w~+/.=-]+/gi, `$1 ${REDACTED}`],
  [/(\b[a-z][a-z0-9+.-]*:\/\/)[^\s/@]+@/gi, `$1${REDACTED}@`],
  [/([?&](?:[\w-]*token|auth|signature|sig|key|password|secret)=)[^&\s"']+/gi, `$1${REDACTED}`],
  // PostgreSQL repeats the values of a violated constraint.
  [/(Key \([^)]*\))=\([^)]*\)/g, `$1=(${REDACTED})`],
];

/** UUIDs come first, so that their groups of digits are not taken for phone numbers. */
const UUID_OR_PHONE =
  /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|(?<![0-9A-Za-z])\+?\d(?:[ .()-]{0,2}\d){7,19}(?![0-9A-Za-z])/gi;
const ISO_DATE = /^\d{4}-\d{2}-\d{2}\b/;
const IPV4 = /^\d{1,3}(?:\.\d{1,3}){3}$/;

/** Removes secrets and phone numbers from free text such as an error message. */
export function maskText(text: string): string {
  const secretless = SECRETS.reduce(
    (rest, [pattern, replacement]) => rest.replace(pattern, replacement),
    text,
  );
  const masked = secretless.replace(UUID_OR_PHONE, (found) => {
    if (/^[0-9a-f]{8}-/i.test(found) || ISO_DATE.test(found) || IPV4.test(found)) return found;
    return maskPhone(found.replace(/\D/g, ''));
  });
  return masked.length > MAX_TEXT_LENGTH ? `${masked.slice(0, MAX_TEXT_LENGTH)}…` : masked;
}

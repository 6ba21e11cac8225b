import { isIP } from 'node:net';
import type { AppError } from '../../kernel/errors.js';
import type { AddressPolicy } from './address-policy.js';
import { outboundErrors } from './outbound.errors.js';

const MAX_URL_LENGTH = 2_048;
const DEFAULT_PORTS: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443 };

/** `https`: without encryption only what the operator's rules name. */
export type OutboundScheme = 'web' | 'https';

/**
 * What can be said about a URL without resolving its name. `URL` has already turned odd notations of an address
 * (decimal, octal, hexadecimal, short, full-width) into the usual one. Throws URL_NOT_ALLOWED naming `path`.
 */
export function checkUrl(text: string, path: string, policy: AddressPolicy, scheme: OutboundScheme): URL {
  const url = text.length <= MAX_URL_LENGTH ? URL.parse(text) : null;
  if (url === null) throw refused(path, 'is not a URL');
  if (
    url.protocol !== 'https:' &&
    (url.protocol !== 'http:' || (scheme === 'https' && !isAdmitted(url, policy)))
  ) {
    throw refused(path, `must start with ${scheme === 'https' ? 'https://' : 'https:// or http://'}`);
  }
  if (url.username !== '' || url.password !== '') throw refused(path, 'must not contain a user or password');
  const port = portOf(url);
  if (!policy.permitsPort(port)) throw refused(path, `must not use port ${port}`);
  const host = hostOf(url);
  const addresses = literalAddresses(host);
  if (addresses.length > 0 && !addresses.some((address) => policy.permits({ host, address, port }))) {
    throw refused(path, 'must not point at a private or reserved address');
  }
  return url;
}

function isAdmitted(url: URL, policy: AddressPolicy): boolean {
  const host = hostOf(url);
  const port = portOf(url);
  return [host, ...literalAddresses(host)].some((address) => policy.admits({ host, address, port }));
}

export function portOf(url: URL): number {
  return url.port === '' ? (DEFAULT_PORTS[url.protocol] ?? 0) : Number(url.port);
}

/** Without the brackets of IPv6 and the dot of a fully qualified name. */
export function hostOf(url: URL): string {
  return url.hostname.replace(/^\[(.*)\]$/, '$1').replace(/\.$/, '');
}

function literalAddresses(host: string): readonly string[] {
  if (isIP(host) !== 0) return [host];
  return host === 'localhost' || host.endsWith('.localhost') ? ['127.0.0.1', '::1'] : [];
}

function refused(path: string, what: string): AppError {
  const message = `${path} ${what}`;
  return outboundErrors.URL_NOT_ALLOWED({ message, fields: [{ path, message }] });
}

import ipaddr from 'ipaddr.js';
import { z } from 'zod';
import { parsePublicId } from '../kernel/ids.js';

/** One entry of OUTBOUND_ALLOW; `port: null` admits every port. */
export type OutboundRule =
  | { readonly kind: 'network'; readonly cidr: string; readonly port: number | null }
  | { readonly kind: 'host'; readonly host: string; readonly port: number | null };

/** What the HTTP server trusts to name the caller's address: nobody, everybody, n hops, or these networks. */
export type TrustProxy = boolean | number | readonly string[];

/** Major, minor and patch of the WhatsApp Web client that we say we are. */
export type WhatsAppVersion = readonly [number, number, number];

/** A text format: `parse` answers undefined for what it does not accept, and the caller reads `hint`. */
export function format<T>(hint: string, parse: (text: string) => T | undefined) {
  return z.string().transform((text, ctx): T => {
    const value = parse(text.trim());
    if (value !== undefined) return value;
    ctx.addIssue({ code: 'custom', message: hint });
    return z.NEVER;
  });
}

/** Splits a comma list and parses each item; one bad item refuses the list. */
export function commaList<T>(hint: string, parseItem: (item: string) => T | undefined) {
  return format<readonly T[]>(hint, (text) => {
    const items = splitList(text).map(parseItem);
    return items.every((item) => item !== undefined) ? items : undefined;
  });
}

function splitList(text: string): string[] {
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

export function integer(min: number, max: number) {
  return format(`must be a whole number from ${min} to ${max}`, (text) => {
    const value = Number(text);
    return /^\d+$/.test(text) && value >= min && value <= max ? value : undefined;
  });
}

/** A URL of one of these schemes (`postgres:` …). Kept as text: socket-directory URLs have no host and `URL` refuses them. */
export function urlOf(schemes: readonly string[], example: string) {
  return format(`must be a ${schemes.join(' or ')} URL such as ${example}`, (text) =>
    schemes.some((scheme) => text.startsWith(`${scheme}://`)) && !/\s/.test(text) ? text : undefined,
  );
}

/** `agc_…` → uuid. */
export function parseAgencyId(text: string): string | undefined {
  const parsed = parsePublicId(text);
  return parsed?.type === 'Agency' ? parsed.uuid : undefined;
}

/** 32 bytes as 64 hexadecimal digits or base64; normalised to hexadecimal. */
export function parseKey256(text: string): string | undefined {
  if (/^[0-9a-f]{64}$/i.test(text)) return text.toLowerCase();
  if (!/^[A-Za-z0-9+/_-]{43}=?$/.test(text)) return undefined;
  return Buffer.from(text, 'base64').toString('hex');
}

export function parseTrustProxy(text: string): TrustProxy | undefined {
  if (text === 'true' || text === 'false') return text === 'true';
  if (/^\d{1,2}$/.test(text)) return Number(text);
  const networks = splitList(text);
  return networks.length > 0 && networks.every((network) => toCidr(network) !== undefined)
    ? networks
    : undefined;
}

export function parseWhatsAppVersion(text: string): WhatsAppVersion | undefined {
  const match = /^(\d+)\.(\d+)\.(\d+)$/.exec(text);
  return match === null ? undefined : [Number(match[1]), Number(match[2]), Number(match[3])];
}

/** `https://app.example.com`: scheme, host and port, nothing behind. */
export function parseOrigin(text: string): string | undefined {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) return undefined;
  return url.origin === text.replace(/\/$/, '').toLowerCase() ? url.origin : undefined;
}

export function parsePublicUrl(text: string): string | undefined {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) return undefined;
  if (url.search !== '' || url.hash !== '' || url.username !== '' || url.password !== '') return undefined;
  return `${url.origin}${url.pathname}`.replace(/\/+$/, '');
}

/** `10.0.0.0/8`, `127.0.0.1:9000`, `[fd00::]/8:443`, `media.internal:8080`. */
export function parseOutboundRule(text: string): OutboundRule | undefined {
  const match =
    /^\[(?<six>[0-9a-f:.]+)\](?<sixPrefix>\/\d+)?(?::(?<sixPort>\d+))?$/i.exec(text) ??
    /^(?<bareSix>[0-9a-f]*:[0-9a-f:.]*:[0-9a-f:.]*(?:\/\d+)?)$/i.exec(text) ??
    /^(?<host>[^:]+)(?::(?<port>\d+))?$/.exec(text);
  if (match?.groups === undefined) return undefined;
  const { six, sixPrefix, sixPort, bareSix, host, port } = match.groups;
  const number = parsePort(sixPort ?? port);
  if (number === undefined) return undefined;
  const cidr = toCidr(six === undefined ? (bareSix ?? host ?? '') : `${six}${sixPrefix ?? ''}`);
  if (cidr !== undefined) return { kind: 'network', cidr, port: number };
  const name = host?.toLowerCase();
  return name !== undefined && isHostName(name) ? { kind: 'host', host: name, port: number } : undefined;
}

/** `host`, `host:port` or `[v6]:port`, as it is written into a media URL. */
export function parseHostPort(text: string): string | undefined {
  const url = URL.parse(`https://${text}/`);
  return url !== null && url.pathname === '/' && url.username === '' && !/[/?#@\s]/.test(text)
    ? text
    : undefined;
}

function parsePort(text: string | undefined): number | null | undefined {
  if (text === undefined) return null;
  const port = Number(text);
  return port >= 1 && port <= 65_535 ? port : undefined;
}

/** A network in CIDR notation; a single address becomes a network of one. */
function toCidr(text: string): string | undefined {
  if (ipaddr.isValidCIDR(text)) return text;
  if (ipaddr.IPv4.isValidFourPartDecimal(text)) return `${text}/32`;
  return ipaddr.IPv6.isValid(text) ? `${text}/128` : undefined;
}

/** Names whose last label is numeric are addresses in odd notation, never names. */
function isHostName(text: string): boolean {
  return /^(?=.{1,253}$)([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?\.)*[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/.test(text);
}

import { isSupportedCountry, parsePhoneNumberFromString } from 'libphonenumber-js';
import type { CountryCode } from 'libphonenumber-js';
import { kernelErrors } from './errors.js';

/** Each number passes here several times on its way, and parsing one costs more than anything else that is checked of a request. */
const MAX_REMEMBERED = 1_000;
const remembered = new Map<string, string>();

/**
 * Brings a phone number to E.164 digits without the plus, e.g. `628123456789`.
 * Accepts a leading plus, spaces, dots, dashes and brackets; needs the country code. Returns null when it cannot be a number.
 */
export function normalisePhone(value: string): string | null {
  const known = remembered.get(value);
  if (known !== undefined) return known;
  const phone = normalise(value);
  if (remembered.size >= MAX_REMEMBERED) remembered.clear();
  // Nobody's text is kept because it was sent as a number.
  if (phone !== null) remembered.set(value, phone);
  return phone;
}

function normalise(value: string): string | null {
  const compact = value.trim().replace(/[\s().-]/g, '');
  if (!/^\+?[1-9]\d{5,14}$/.test(compact)) return null;
  const parsed = parsePhoneNumberFromString(compact.startsWith('+') ? compact : `+${compact}`);
  return parsed?.isPossible() === true ? parsed.number.slice(1) : null;
}

/** Whether this is a country that has phone numbers, in ISO 3166: `ID`. */
export function isCountry(value: string): value is CountryCode {
  return isSupportedCountry(value);
}

/** As {@link normalisePhone}, of a number that may be written as people of that country do: 0812 … or 00 62 812 …. */
export function normaliseLocalPhone(value: string, country: CountryCode): string | null {
  const compact = value
    .trim()
    .replace(/[\s().\-/]/g, '')
    .replace(/^00/, '+');
  if (!/^\+?\d{4,15}$/.test(compact)) return null;
  const parsed = parsePhoneNumberFromString(compact, country);
  return parsed?.isValid() === true ? parsed.number.slice(1) : normalisePhone(compact);
}

/** As {@link normalisePhone}, but throws INVALID_PHONE naming `path`. */
export function parsePhone(value: string, path: string): string {
  const phone = normalisePhone(value);
  if (phone !== null) return phone;
  const message = `${path} must be international digits such as 628123456789`;
  throw kernelErrors.INVALID_PHONE({ message, fields: [{ path, message }] });
}

/** For logs: keeps the country and the last two digits, `62*******89`. */
export function maskPhone(phone: string): string {
  return phone.length < 6
    ? '*'.repeat(phone.length)
    : `${phone.slice(0, 2)}${'*'.repeat(phone.length - 4)}${phone.slice(-2)}`;
}

import { createHash } from 'node:crypto';

/** SHA-256 of a request's meaning: the order of fields and fields that are undefined make no difference. */
export function requestHash(value: object): Buffer {
  return createHash('sha256').update(JSON.stringify(value, sortKeys)).digest();
}

function sortKeys(_name: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

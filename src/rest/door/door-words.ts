import type { Readable } from 'node:stream';
import { z } from 'zod';
import type { Context } from '../../kernel/context.js';
import { kernelErrors } from '../../kernel/errors.js';

/** The subaccount that a caller is confined to, whatever it may do there. Throws ACTION_NOT_ALLOWED for one that sees several, or a whole agency. */
export function subaccountOf(caller: Context): string {
  const { subaccountIds } = caller.origin.requireScope();
  const [id, ...others] = subaccountIds === 'all' ? [] : subaccountIds;
  if (id !== undefined && others.length === 0) return id;
  throw kernelErrors.ACTION_NOT_ALLOWED({ message: 'Come with a key of exactly one subaccount.' });
}

/** `Bearer <token>`; null when there is none. */
export function bearerOf(header: string | undefined): string | null {
  return /^bearer +(\S+) *$/i.exec(header ?? '')?.[1] ?? null;
}

/** A whole number from 1 that a path carries; null for anything else. */
export function numberOf(text: string): number | null {
  return /^[1-9]\d{0,14}$/.test(text) ? Number(text) : null;
}

/** An RFC 3339 time, seconds and zone included. */
export function rfc3339() {
  return z
    .string()
    .toUpperCase()
    .regex(/T\d{2}:\d{2}:\d{2}/, 'must be a time as in RFC 3339, such as 2026-01-31T09:00:00Z')
    .pipe(
      z.iso.datetime({
        offset: true,
        message: 'must be a time as in RFC 3339, such as 2026-01-31T09:00:00Z',
      }),
    )
    .meta({ format: 'date-time' });
}

/** RFC 3339 in UTC without fractions of a second. */
export function wholeSeconds(time: Date): string {
  return time.toISOString().replace(/\.\d{3}Z$/, 'Z');
}

/** `{ 400: schema, 404: schema }`: how a route says no. */
export function refusals<const S extends z.ZodType, const C extends readonly number[]>(
  schema: S,
  ...codes: C
): Record<C[number], S> {
  return Object.fromEntries(codes.map((code) => [code, schema])) as Record<C[number], S>;
}

/** An answer that is no JSON. */
export function fileOf<const M extends string>(mediaType: M) {
  const schema = z.custom<Readable | Buffer>().meta({ type: 'string', contentMediaType: mediaType });
  return { [mediaType]: { schema } } as Record<M, { schema: typeof schema }>;
}

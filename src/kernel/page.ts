import { validate as isUuid } from 'uuid';
import { invalidInput, kernelErrors } from './errors.js';
import type { AppError } from './errors.js';

export const DEFAULT_PAGE_SIZE = 20;
export const MAX_PAGE_SIZE = 100;

/** Arguments of a connection: `first` rows after the row that `after` points at. */
export interface PageRequest {
  readonly first?: number | null | undefined;
  readonly after?: string | null | undefined;
}

/** A keyset cursor: the sort values of one row, the unique id last. */
export type Keyset = readonly string[];

export interface Page<T> {
  readonly items: readonly { readonly node: T; readonly cursor: string }[];
  readonly hasNextPage: boolean;
  readonly hasPreviousPage: boolean;
}

export function pageSize(request: PageRequest): number {
  const first = request.first ?? DEFAULT_PAGE_SIZE;
  if (Number.isInteger(first) && first >= 1 && first <= MAX_PAGE_SIZE) return first;
  throw invalidInput([{ path: 'first', message: `must be a whole number from 1 to ${MAX_PAGE_SIZE}` }]);
}

export function encodeCursor(keyset: Keyset): string {
  return Buffer.from(JSON.stringify(keyset)).toString('base64url');
}

/** Decodes a cursor of `length` sort values; throws INVALID_CURSOR on anything that we did not make. */
export function decodeCursor(cursor: string, length: number, path = 'after'): Keyset {
  try {
    const value: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    if (Array.isArray(value) && value.length === length && value.every((part) => typeof part === 'string')) {
      return value;
    }
  } catch {
    // falls through to the same answer
  }
  throw invalidCursor(path);
}

/** Decodes the cursor of a list that is ordered by id alone. */
export function decodeIdCursor(cursor: string, path = 'after'): string {
  const [id = ''] = decodeCursor(cursor, 1, path);
  if (!isUuid(id)) throw invalidCursor(path);
  return id;
}

/** Decodes the cursor of a list that is ordered by a time and then by id. */
export function decodeTimeCursor(cursor: string, path = 'after'): { readonly at: Date; readonly id: string } {
  const [time = '', id = ''] = decodeCursor(cursor, 2, path);
  const at = new Date(time);
  if (Number.isNaN(at.getTime()) || !isUuid(id)) throw invalidCursor(path);
  return { at, id };
}

function invalidCursor(path: string): AppError {
  const message = `${path} is not a cursor that this API returned`;
  return kernelErrors.INVALID_CURSOR({ message, fields: [{ path, message }] });
}

/** Builds a page from `size + 1` fetched rows: the extra row only tells that there is more. */
export function toPage<T>(
  rows: readonly T[],
  size: number,
  request: PageRequest,
  keyset: (row: T) => Keyset,
): Page<T> {
  return {
    items: rows.slice(0, size).map((node) => ({ node, cursor: encodeCursor(keyset(node)) })),
    hasNextPage: rows.length > size,
    hasPreviousPage: request.after !== undefined && request.after !== null,
  };
}

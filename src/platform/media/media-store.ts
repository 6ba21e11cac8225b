import type { Readable } from 'node:stream';

export interface StoredMedia {
  readonly sizeBytes: number;
  /** Lower-case hexadecimal. */
  readonly sha256: string;
}

/** What to store: a finished file, which is gone afterwards, or a stream. */
export type MediaSource = { readonly file: string } | { readonly stream: Readable };

/**
 * Keeps the bytes of attachments under keys such as `<subaccount id>/<media id>`: one to four segments of letters,
 * digits, `_` and `-`. A put is seen whole or not at all, also after a crash.
 */
export interface MediaStore {
  put(key: string, source: MediaSource): Promise<StoredMedia>;
  /** Throws NOT_FOUND. `range` is in bytes, both ends included. */
  open(key: string, range?: { readonly start: number; readonly end: number }): Promise<Readable>;
  /** Deleting what is not there is no error. */
  delete(key: string): Promise<void>;
}

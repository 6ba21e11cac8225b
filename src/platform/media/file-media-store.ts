import { createHash, randomUUID } from 'node:crypto';
import type { Hash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { Transform } from 'node:stream';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { kernelErrors } from '../../kernel/errors.js';
import { removeLeftovers } from './leftovers.js';
import type { MediaSource, MediaStore, StoredMedia } from './media-store.js';

const FOLDER_MODE = 0o700;
const FILE_MODE = 0o600;
const SEGMENT = /^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$/;
const MAX_SEGMENTS = 4;

/** Media below one folder, which may be a network share. Two levels of folders keep each of them small. */
export class FileMediaStore implements MediaStore {
  readonly #root: string;

  constructor(root: string) {
    this.#root = path.resolve(root);
  }

  async put(key: string, source: MediaSource): Promise<StoredMedia> {
    const target = this.#pathOf(key);
    const draft = path.join(this.#drafts, randomUUID());
    await mkdir(path.dirname(draft), { recursive: true, mode: FOLDER_MODE });
    await mkdir(path.dirname(target), { recursive: true, mode: FOLDER_MODE });
    try {
      const stored = await write(readableOf(source), draft);
      await rename(draft, target);
      await syncFolder(path.dirname(target));
      if ('file' in source) await rm(source.file, { force: true });
      return stored;
    } finally {
      await rm(draft, { force: true });
    }
  }

  async open(key: string, range?: { readonly start: number; readonly end: number }): Promise<Readable> {
    try {
      const file = await open(this.#pathOf(key), 'r');
      return file.createReadStream(range ?? {});
    } catch (error) {
      if (isMissing(error)) throw kernelErrors.NOT_FOUND({ cause: error });
      throw error;
    }
  }

  async delete(key: string): Promise<void> {
    await rm(this.#pathOf(key), { force: true });
  }

  /** Removes what was being put when a process died; returns how many files. */
  removeDrafts(now: Date): Promise<number> {
    return removeLeftovers(this.#drafts, now);
  }

  get #drafts(): string {
    return path.join(this.#root, 'incoming');
  }

  /** Segments hold no dot and no separator, so no key can name a path outside the root. */
  #pathOf(key: string): string {
    const segments = key.split('/');
    if (segments.length > MAX_SEGMENTS || !segments.every((segment) => SEGMENT.test(segment))) {
      throw new Error('a media key has one to four segments of letters, digits, _ and -');
    }
    const name = segments.pop() ?? '';
    const spread = createHash('sha256').update(name).digest('hex');
    return path.join(this.#root, 'stored', ...segments, spread.slice(0, 2), spread.slice(2, 4), name);
  }
}

function readableOf(source: MediaSource): Readable {
  return 'file' in source ? createReadStream(source.file) : source.stream;
}

async function write(from: Readable, to: string): Promise<StoredMedia> {
  const sha256 = createHash('sha256');
  const meter = new Meter(sha256);
  await pipeline(from, meter, createWriteStream(to, { mode: FILE_MODE, flags: 'wx', flush: true }));
  return { sizeBytes: meter.sizeBytes, sha256: sha256.digest('hex') };
}

class Meter extends Transform {
  sizeBytes = 0;

  constructor(readonly hash: Hash) {
    super();
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: (e: null, c: Buffer) => void): void {
    this.sizeBytes += chunk.length;
    this.hash.update(chunk);
    done(null, chunk);
  }
}

/** Without it a rename can be undone by a power loss. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

import { mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FileMediaStore } from '../../../src/platform/media/file-media-store.js';
import { isAcceptedAs, mediaKindOf } from '../../../src/platform/media/media-limits.js';

let folder: string;
let root: string;
let store: FileMediaStore;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'trunkline-media-'));
  root = path.join(folder, 'media');
  store = new FileMediaStore(root);
});
afterEach(() => rm(folder, { recursive: true }));

async function filesBelow(dir: string): Promise<string[]> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name));
}

describe('the media store', () => {
  it('gives back what was put in, from a stream or a file', async () => {
    const stored = await store.put('sub/one', { stream: Readable.from([Buffer.from('abc')]) });
    expect(stored).toEqual({
      sizeBytes: 3,
      sha256: 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    });
    const source = path.join(folder, 'source');
    await writeFile(source, 'abcd');
    expect((await store.put('sub/two', { file: source })).sizeBytes).toBe(4);
    await expect(stat(source)).rejects.toThrow(/ENOENT/);
    expect((await buffer(await store.open('sub/one'))).toString()).toBe('abc');
    expect((await buffer(await store.open('sub/two', { start: 1, end: 2 }))).toString()).toBe('bc');
  });

  it('leaves no half file when the source breaks', async () => {
    const broken = Readable.from(
      (function* () {
        yield Buffer.from('half');
        throw new Error('connection lost');
      })(),
    );
    await expect(store.put('sub/one', { stream: broken })).rejects.toThrow('connection lost');
    expect(await filesBelow(root)).toEqual([]);
    await expect(store.open('sub/one')).rejects.toMatchObject({ kind: 'NOT_FOUND' });
  });

  it('removes what was being put when a process died, once nobody writes to it any more', async () => {
    const incoming = path.join(root, 'incoming');
    await mkdir(incoming, { recursive: true });
    const [abandoned, current] = [path.join(incoming, 'abandoned'), path.join(incoming, 'current')];
    await writeFile(abandoned, 'half');
    await writeFile(current, 'half');
    const anHourAgo = new Date(Date.now() - 61 * 60_000);
    await utimes(abandoned, anHourAgo, anHourAgo);
    expect(await store.removeDrafts(new Date())).toBe(1);
    expect(await filesBelow(root)).toEqual([current]);
    await store.put('sub/one', { stream: Readable.from([Buffer.from('abc')]) });
    expect(await store.removeDrafts(new Date())).toBe(0);
  });

  it('has nothing to remove before anything was put', async () => {
    expect(await store.removeDrafts(new Date())).toBe(0);
  });

  it('keeps the old content until the new one is whole', async () => {
    await store.put('sub/one', { stream: Readable.from([Buffer.from('old')]) });
    const broken = Readable.from(
      (function* () {
        yield Buffer.from('new');
        throw new Error('disk full');
      })(),
    );
    await expect(store.put('sub/one', { stream: broken })).rejects.toThrow('disk full');
    expect((await buffer(await store.open('sub/one'))).toString()).toBe('old');
  });

  it('lets nobody else read its files', async () => {
    await store.put('sub/one', { stream: Readable.from([Buffer.from('x')]) });
    const [file = ''] = await filesBelow(root);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await stat(path.dirname(file))).mode & 0o777).toBe(0o700);
  });

  it('forgets what is deleted, and does not mind deleting twice', async () => {
    await store.put('sub/one', { stream: Readable.from([Buffer.from('x')]) });
    await store.delete('sub/one');
    await store.delete('sub/one');
    await expect(store.open('sub/one')).rejects.toMatchObject({ kind: 'NOT_FOUND' });
  });

  it.each([
    '',
    '/',
    '..',
    '../x',
    'a/../b',
    'a/./b',
    '/etc/passwd',
    'a//b',
    'a\\b',
    'a\0b',
    'a.b',
    'a/b/c/d/e',
    '-x',
  ])('refuses the key %j', async (key) => {
    await writeFile(path.join(folder, 'x'), 'outside');
    const stream = Readable.from([Buffer.from('x')]);
    await expect(store.put(key, { stream })).rejects.toThrow(/media key/);
    await expect(store.open(key)).rejects.toThrow(/media key/);
    await expect(store.delete(key)).rejects.toThrow(/media key/);
    expect(await readFile(path.join(folder, 'x'), 'utf8')).toBe('outside');
  });
});

describe('the kind of a medium', () => {
  it.each([
    ['image/jpeg', 'IMAGE'],
    ['Image/PNG', 'IMAGE'],
    ['image/svg+xml', 'DOCUMENT'],
    ['video/mp4', 'VIDEO'],
    ['audio/ogg; codecs=opus', 'AUDIO'],
    ['application/pdf', 'DOCUMENT'],
    ['text/plain', 'DOCUMENT'],
  ])('of %s is %s', (contentType, kind) => {
    expect(mediaKindOf(contentType)).toBe(kind);
  });

  it('cannot be one that phones do not show', () => {
    expect(isAcceptedAs('IMAGE', 'application/pdf')).toBe(false);
    expect(isAcceptedAs('DOCUMENT', 'application/x-anything')).toBe(true);
  });
});

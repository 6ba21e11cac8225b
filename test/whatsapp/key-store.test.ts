import { expect, it } from 'vitest';
import { AuthWriter } from '../../src/whatsapp/baileys/auth-writer.js';
import { BoundedCache } from '../../src/whatsapp/baileys/bounded-cache.js';
import { KeyStore } from '../../src/whatsapp/baileys/key-store.js';
import { MemoryAuthStore } from './support/memory-auth-store.js';

const NAME = { type: 'session', id: '628111.0' };
const OTHER = { type: 'session', id: '628222.0' };

/** Keys over a store whose answers can be held back. */
function keysOf({ cached }: { cached: number }) {
  const store = new MemoryAuthStore();
  const load = store.loadKeys.bind(store);
  let answered = Promise.resolve();
  store.loadKeys = async (names) => {
    const found = await load(names);
    await answered;
    return found;
  };
  const hold = (): (() => void) => {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    answered = promise;
    return () => resolve(undefined);
  };
  const ignore = (): void => undefined;
  const writer = new AuthWriter(
    store,
    null,
    () => new Uint8Array(),
    (commit) => keys.remember(commit.keys),
    ignore,
  );
  const cache = new BoundedCache(cached, () => 0);
  const keys: KeyStore = new KeyStore(store, writer, cache);
  const read = async ({ type, id }: typeof NAME): Promise<unknown> => (await keys.read(type, [id])).get(id);
  const write = async ({ type, id }: typeof NAME, value: object): Promise<void> => {
    keys.write(type, id, value);
    await writer.flush();
  };
  return { store, keys, cache, hold, read, write };
}

it('reads together what is wanted together, each once', async () => {
  const { store, keys, read, write } = keysOf({ cached: 0 });
  await write(NAME, { of: 'one' });
  await write(OTHER, { of: 'two' });
  keys.prefetch([NAME, OTHER]);
  expect(await Promise.all([read(OTHER), read(NAME), read(NAME)])).toEqual([
    { of: 'two' },
    { of: 'one' },
    { of: 'one' },
  ]);
  expect(store.loads).toBe(1);
  expect(store.reads).toHaveLength(2);
});

it.each([
  ['remembered', 10],
  ['not remembered', 0],
])('a key that is written while it is being read is read as it was written, %s', async (_name, cached) => {
  const { store, keys, hold, read, write } = keysOf({ cached });
  store.keys.set('session:628111.0', Buffer.from('{"step":1}'));
  const answer = hold();
  keys.prefetch([NAME]);
  const asked = read(NAME);
  await expect.poll(() => store.loads).toBe(1);
  await write(NAME, { step: 2 });
  answer();
  expect(await asked).toEqual({ step: 2 });
  expect(await read(NAME)).toEqual({ step: 2 });
});

it('keeps what is read once only until it is read', async () => {
  const { store, keys, read } = keysOf({ cached: 10 });
  const preKey = { type: 'pre-key', id: '7' };
  store.keys.set('pre-key:7', Buffer.from('{"private":"x"}'));
  keys.prefetch([preKey]);
  await expect.poll(() => store.loads).toBe(1);
  expect(await read(preKey)).toEqual({ private: 'x' });
  expect(await read(preKey)).toEqual({ private: 'x' });
  expect(await read(preKey)).toEqual({ private: 'x' });
  expect(store.loads).toBeGreaterThan(1);
});

it('what was used up is gone, whether it was read before or not', async () => {
  const { store, keys, read } = keysOf({ cached: 10 });
  const preKey = { type: 'pre-key', id: '7' };
  store.keys.set('pre-key:7', Buffer.from('{"private":"x"}'));
  expect(await read(preKey)).toEqual({ private: 'x' });
  keys.enqueue({ 'pre-key': { '7': null } });
  expect(await read(preKey)).toBeUndefined();
  await keys.durable().set({});
  expect(await read(preKey)).toBeUndefined();
});

it('what a login looked at beforehand is not asked for, whether it was there or not', async () => {
  const { store, keys, read } = keysOf({ cached: 10 });
  keys.looked([NAME, OTHER], [{ ...NAME, value: Buffer.from('{"of":"one"}') }]);
  expect(await read(NAME)).toEqual({ of: 'one' });
  expect(await read(OTHER)).toBeUndefined();
  expect(store.loads).toBe(0);
});

it('a one-time key that a login looked at is gone when it is used up', async () => {
  const { keys, read } = keysOf({ cached: 10 });
  const preKey = { type: 'pre-key', id: '7' };
  keys.looked([preKey], [{ ...preKey, value: Buffer.from('{"private":"x"}') }]);
  await keys.durable().set({ 'pre-key': { '7': null } });
  expect(await read(preKey)).toBeUndefined();
});

it('what is there already is not written again, and what differs is', async () => {
  const { store, keys, read } = keysOf({ cached: 10 });
  const list = { type: 'device-list', id: '628111' };
  await keys.durable().set({ 'device-list': { '628111': ['0'] } });
  await keys.durable().set({ 'device-list': { '628111': ['0'] } });
  expect(store.commits).toBe(1);
  await keys.durable().set({ 'device-list': { '628111': ['0', '3'] } });
  await keys.durable().set({ 'device-list': { '628111': ['0'] } });
  expect(store.commits).toBe(3);
  expect(await read(list)).toEqual(['0']);
});

it('what nothing is known about is written', async () => {
  const { store, keys } = keysOf({ cached: 10 });
  store.keys.set('device-list:628111', Buffer.from('["0"]'));
  await keys.durable().set({ 'device-list': { '628111': ['0'] } });
  expect(store.commits).toBe(1);
});

it('keeps of a key its own bytes, not the memory that it was a part of', async () => {
  const { store, keys, cache, read, write } = keysOf({ cached: 10 });
  const kept = (): number => (cache.get(`${NAME.type}:${NAME.id}`) as Uint8Array).buffer.byteLength;
  const sizes: number[] = [];
  await write(NAME, { of: 'one' });
  sizes.push(kept());
  cache.clear();
  await read(NAME);
  sizes.push(kept());
  cache.clear();
  keys.looked([NAME], await store.loadKeys([NAME]));
  sizes.push(kept());
  expect(sizes).toEqual(sizes.map(() => JSON.stringify({ of: 'one' }).length));
});

import { afterAll, beforeAll, expect, test } from 'vitest';
import { PostgresAuthStore } from '../../../src/modules/device/session/postgres-auth-store.js';
import { silentLogger } from '../../support/database.js';
import { createMessaging } from '../messaging/fixture.js';
import type { Messaging, TestDevice } from '../messaging/fixture.js';

let app: Messaging;
beforeAll(async () => {
  app = await createMessaging();
});
afterAll(() => app.close());

async function storeOf(device: TestDevice): Promise<PostgresAuthStore> {
  const { live } = await app.openSession(device);
  const store = new PostgresAuthStore({
    database: app.database,
    keys: app.deviceKeys,
    inbox: app.inbox,
    owned: live,
    logger: silentLogger,
  });
  // The device's data key is known from now on: nothing has to be read before a commit.
  await commit(store, 'before', '');
  return store;
}
const commit = (store: PostgresAuthStore, id: string, text: string) =>
  store.commit({ keys: [{ type: 'session', id, value: Buffer.from(text) }], inbox: [] });
const read = async (store: PostgresAuthStore, ids: readonly string[]) =>
  (await store.loadKeys(ids.map((id) => ({ type: 'session', id })))).map(({ id, value }) => [
    id,
    Buffer.from(value).toString(),
  ]);

test('keys that several devices store at the same time are stored together, each with its own device', async () => {
  const device = await app.seedDevice();
  const other = await app.seedDevice({ beside: device });
  const [mine, theirs] = [await storeOf(device), await storeOf(other)];

  await Promise.all([
    commit(mine, 'a', 'of mine'),
    commit(theirs, 'a', 'of theirs'),
    commit(theirs, 'b', 'more'),
  ]);

  expect(await read(mine, ['a', 'b'])).toEqual([['a', 'of mine']]);
  expect((await read(theirs, ['a', 'b'])).toSorted()).toEqual([
    ['a', 'of theirs'],
    ['b', 'more'],
  ]);
  const rows = await app.db.query(
    'select distinct xmin::text from signal_key where device_id = any ($1) and key_id <> $2',
    [[device.id, other.id], 'before'],
  );
  expect(rows).toHaveLength(1);
});

test('of a key that is stored twice at the same time the later one stays', async () => {
  const store = await storeOf(await app.seedDevice());
  await Promise.all([commit(store, 'a', 'first'), commit(store, 'a', 'second')]);
  expect(await read(store, ['a'])).toEqual([['a', 'second']]);
});

test('what several devices load for their logins is read together, each its own', async () => {
  const device = await app.seedDevice();
  const stores = [await storeOf(device), await storeOf(await app.seedDevice({ beside: device }))];
  for (const [index, store] of stores.entries()) {
    // A session that cannot be opened would be passed over.
    const keys = [{ type: 'pre-key', id: '1', value: Buffer.from(`key ${index}`) }];
    await store.commit({ credentials: Buffer.from(`credentials ${index}`), keys, inbox: [] });
  }

  const before = app.database.queryCount;
  const loaded = await Promise.all(
    stores.map((store) => store.loadCredentials(() => [{ type: 'pre-key', id: '1' }])),
  );

  const texts = loaded.map((each) => [each?.credentials, ...(each?.keys ?? []).map(({ value }) => value)]);
  expect(texts.map((values) => values.map((value) => Buffer.from(value ?? []).toString()))).toEqual([
    ['credentials 0', 'key 0'],
    ['credentials 1', 'key 1'],
  ]);
  // BEGIN, the credentials, the keys, COMMIT.
  expect(app.database.queryCount - before).toBe(4);
});

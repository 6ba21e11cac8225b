import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Context } from '../../../src/kernel/context.js';
import type { AppError } from '../../../src/kernel/errors.js';
import type { Page, PageRequest } from '../../../src/kernel/page.js';
import { ConversationReader } from '../../../src/modules/messaging/index.js';
import type { Conversation, Message } from '../../../src/modules/messaging/index.js';
import { ContactReader } from '../../../src/modules/contact/index.js';
import { createMessaging } from './fixture.js';
import type { Messaging, TestDevice } from './fixture.js';

let app: Messaging;
let device: TestDevice;
let conversations: ConversationReader;
let contacts: ContactReader;
const numbers = Array.from({ length: 12 }, (_, index) => `62812000001${String(index).padStart(2, '0')}`);

beforeAll(async () => {
  app = await createMessaging();
  conversations = new ConversationReader({ database: app.database });
  contacts = new ContactReader({ database: app.database });
  device = await app.seedDevice();
  for (const to of [...numbers, ...numbers]) {
    await app.messages.accept(device.ctx, { deviceId: device.id, to, text: to });
  }
});
afterAll(() => app.close());

interface Listed {
  readonly items: readonly { readonly node: { readonly id: string }; readonly cursor: string }[];
  readonly hasNextPage: boolean;
}

/** Walks a list to its end, `first` rows at a time; something may happen between two pages. */
async function walk(
  first: number,
  list: (request: { first: number; after: string | null }) => Promise<Listed>,
  between: () => Promise<unknown> = async () => undefined,
): Promise<string[]> {
  const ids: string[] = [];
  for (let after: string | null = null; ;) {
    const page = await list({ first, after });
    ids.push(...page.items.map((item) => item.node.id));
    after = page.items.at(-1)?.cursor ?? null;
    if (!page.hasNextPage || after === null) return ids;
    await between();
  }
}

async function messagesOf(
  ctx: Context,
  key: 'subaccountId' | 'deviceId',
  id: string,
  request: PageRequest,
  filter: object = {},
): Promise<Page<Message>> {
  const [page] = await app.reader.listOfEach(ctx, { key, ids: [id] }, request, filter);
  if (page === undefined) throw new Error('an owner has no page');
  return page;
}

async function conversationsOf(
  ctx: Context,
  key: 'subaccountId' | 'deviceId',
  id: string,
  request: PageRequest,
): Promise<Page<Conversation>> {
  const [page] = await conversations.listOfEach(ctx, { key, ids: [id] }, request);
  if (page === undefined) throw new Error('an owner has no page');
  return page;
}

test('lists of several owners are read in two statements, each with its own page', async () => {
  const ids = (
    await app.db.query<{ id: string }>('select id from conversation where device_id = $1 limit 5', [
      device.id,
    ])
  ).map(({ id }) => id);
  const before = app.database.queryCount;
  const pages = await app.reader.listOfEach(device.ctx, { key: 'conversationId', ids }, { first: 1 });
  // Begin, scope, ids, rows, rollback.
  expect(app.database.queryCount - before).toBeLessThanOrEqual(5);
  expect(pages.map((page) => page.items[0]?.node.conversationId)).toEqual(ids);
});

const listConversations = (request: { first: number; after: string | null }) =>
  conversationsOf(device.ctx, 'subaccountId', device.subaccountId, request);

test.each([1, 5, 12, 100])(
  'conversations are walked %i at a time, each once, the most recent first',
  async (first) => {
    const ids = await walk(first, listConversations);
    const expected = await app.db.query<{ id: string }>(
      'select id from conversation where device_id = $1 order by last_message_at desc, id desc',
      [device.id],
    );
    expect(ids).toEqual(expected.map((row) => row.id));
  },
);

test('messages are walked newest first, also while new ones come', async () => {
  const before = await app.db.query<{ id: string }>(
    'select id from message where device_id = $1 order by id desc',
    [device.id],
  );
  const ids = await walk(
    7,
    (request) => messagesOf(device.ctx, 'subaccountId', device.subaccountId, request),
    () => app.messages.accept(device.ctx, { deviceId: device.id, to: '6281200000199', text: 'new' }),
  );
  expect(ids).toEqual(before.map((row) => row.id));
});

test('messages are filtered by status, direction and conversation', async () => {
  const { message } = await app.messages.accept(device.ctx, {
    deviceId: device.id,
    to: '6281200000198',
    text: 'x',
  });
  await app.messages.cancel(device.ctx, message.id);
  const list = async (filter: object) => {
    const page = await messagesOf(device.ctx, 'subaccountId', device.subaccountId, {}, filter);
    return page.items.map((item) => item.node.id);
  };
  expect(await list({ status: ['CANCELED'] })).toEqual([message.id]);
  expect(await list({ conversationId: message.conversationId })).toEqual([message.id]);
  expect(await list({ whatsappId: message.whatsappId })).toEqual([message.id]);
  expect(await list({ direction: 'INBOUND' })).toEqual([]);
});

test('contacts are found by number and by part of a name, whatever wildcards it holds', async () => {
  await app.database.write(device.ctx, (tx) =>
    app.contacts.resolve(tx, device, { phoneNumber: '6281200000300', lid: null, pushName: '100% Ani' }),
  );
  const list = async (filter: object) => {
    const page = await contacts.list(device.ctx, device.subaccountId, {}, filter);
    return page.items.map((item) => item.node.phoneNumber);
  };
  expect(await list({ phoneNumber: numbers[3] })).toEqual([numbers[3]]);
  expect(await list({ name: 'ani' })).toEqual(['6281200000300']);
  expect(await list({ name: '0% a' })).toEqual(['6281200000300']);
  expect(await list({ name: '%%' })).toEqual([]);
});

test("another tenant's lists are empty, and its rows do not exist", async () => {
  const other = await app.seedDevice();
  expect(await walk(10, (request) => conversationsOf(other.ctx, 'deviceId', device.id, request))).toEqual([]);
  const [row] = await app.db.query<{ id: string }>('select id from message where device_id = $1', [
    device.id,
  ]);
  await expect(app.reader.get(other.ctx, row?.id ?? '')).rejects.toMatchObject({ reason: 'NOT_FOUND' });
});

test.each(['nonsense', Buffer.from('["x","y"]').toString('base64url')])(
  'a malformed cursor is refused: %s',
  async (after) => {
    const refused = expect.objectContaining({ reason: 'INVALID_CURSOR' }) as AppError;
    await expect(listConversations({ first: 5, after })).rejects.toEqual(refused);
    await expect(messagesOf(device.ctx, 'deviceId', device.id, { first: 5, after })).rejects.toEqual(refused);
  },
);

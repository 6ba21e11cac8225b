import { proto } from '@whiskeysockets/baileys';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { Context } from '../../../src/kernel/context.js';
import { ConversationService } from '../../../src/modules/messaging/index.js';
import { whatsappErrors } from '../../../src/whatsapp/index.js';
import type { InboxEntry, InboxEnvelope } from '../../../src/whatsapp/index.js';
import { createMessaging } from './fixture.js';
import type { Messaging, TestDevice, TestSession } from './fixture.js';

const PHONE = '6281200000001';
const CHAT = `${PHONE}@s.whatsapp.net`;
const LID = '100200300@lid';
const GROUP = '12036304@g.us';
const { Type } = proto.Message.ProtocolMessage;
const SENT_AT = new Date('2026-01-02T03:04:05Z');

let app: Messaging;
let device: TestDevice;
let connection: TestSession;

beforeAll(async () => {
  app = await createMessaging();
});
afterAll(() => app.close());
beforeEach(async () => {
  device = await app.seedDevice();
  connection = await app.openSession(device);
});

const encode = (message: proto.IMessage): Uint8Array => proto.Message.encode(message).finish();
const text = (words: string): Uint8Array => encode({ conversation: words });

type Changes = Partial<Omit<InboxEntry, 'envelope'>> & { readonly envelope?: Partial<InboxEnvelope> };

function entry(whatsappId: string, content: Uint8Array | null, changes: Changes = {}): InboxEntry {
  return {
    whatsappId,
    chat: CHAT,
    participant: null,
    fromMe: false,
    content,
    ...changes,
    envelope: {
      senderPhone: PHONE,
      senderLid: null,
      recipientPhone: null,
      recipientLid: null,
      pushName: 'Ani',
      verifiedName: null,
      sentAt: SENT_AT,
      caughtUp: false,
      ...changes.envelope,
    },
  };
}

async function store(...entries: InboxEntry[]): Promise<void> {
  await app.database.write(device.ctx, (tx) => app.inbox.writeInbox(tx, connection.live, entries));
}
async function receive(...entries: InboxEntry[]): Promise<void> {
  await store(...entries);
  await app.inbound.applyDue(device.ctx, device.id);
}
/** How many statements it takes to apply them. */
async function costOf(...entries: InboxEntry[]): Promise<number> {
  await store(...entries);
  const before = app.database.queryCount;
  await app.inbound.applyDue(device.ctx, device.id);
  return app.database.queryCount - before;
}
async function messages() {
  const [page] = await app.reader.listOfEach(
    device.ctx,
    { key: 'deviceId', ids: [device.id] },
    { first: 100 },
  );
  return (page?.items ?? []).map((item) => item.node).reverse();
}
async function only() {
  const [message, ...others] = await messages();
  expect(others).toEqual([]);
  if (message === undefined) throw new Error('there is no message');
  return message;
}
const conversations = () =>
  app.db.query<{ id: string; kind: string; unread_count: number }>(
    'select id, kind, unread_count from conversation where device_id = $1 order by id',
    [device.id],
  );
async function topics(): Promise<string[]> {
  const rows = await app.db.query<{ topic: string }>(
    'select topic from event where stream_id = $1 order by seq',
    [device.subaccountId],
  );
  return rows.map((row) => row.topic);
}

describe('a text', () => {
  test('becomes contact, conversation, message and event', async () => {
    await receive(entry('A1', text('hello'), { envelope: { caughtUp: true } }));

    expect(await only()).toMatchObject({
      direction: 'INBOUND',
      kind: 'TEXT',
      status: 'RECEIVED',
      text: 'hello',
      whatsappId: 'A1',
      sentAt: SENT_AT,
      caughtUp: true,
    });
    expect(await conversations()).toMatchObject([{ kind: 'DIRECT', unread_count: 1 }]);
    expect(await topics()).toEqual(['contact.created', 'conversation.created', 'message.received']);
  });

  test('that is delivered and applied again is there once', async () => {
    await receive(entry('A1', text('hello')));
    await receive(entry('A1', text('hello')));
    await app.db.query('update inbox set due_at = now() where device_id = $1', [device.id]);
    await Promise.all([1, 2, 3].map(() => app.inbound.applyDue(device.ctx, device.id)));

    await only();
    expect(await conversations()).toMatchObject([{ unread_count: 1 }]);
    expect((await topics()).filter((topic) => topic === 'message.received')).toHaveLength(1);
  });

  test('with U+0000 and half a surrogate pair is stored without them', async () => {
    await receive(
      entry('A1', text('a\0b'), { envelope: { pushName: 'A\0ni', verifiedName: '\\u0000\ud800' } }),
    );
    expect((await only()).text).toBe('ab');
  });

  test('answers into the conversation that we began', async () => {
    const sent = await app.messages.accept(device.ctx, { deviceId: device.id, to: PHONE, text: 'hi' });
    await receive(entry('A1', text('hello')));
    const [, answer] = await messages();
    expect(answer?.conversationId).toBe(sent.message.conversationId);
  });
});

describe('for a member, a text', () => {
  /** Sees the device, and has read nothing. */
  async function employ(): Promise<{ readonly userId: string; readonly ctx: Context }> {
    const { agencyId, subaccountId } = device;
    const [owner] = await app.db.query<{ id: string }>(
      `with owner as (insert into app_user (id, agency_id, email, password_hash, created_at)
                      values (uuidv7(), $1, 'owner@example.com', 'x', now()) returning *)
       insert into membership (id, agency_id, user_id, role, created_at)
       select uuidv7(), agency_id, id, 'AGENCY_OWNER', now() from owner returning user_id as id`,
      [agencyId],
    );
    const userId = owner?.id ?? '';
    const ctx = Context.forRequest({
      requestId: 'marks',
      actor: { kind: 'user', userId, sessionId: userId },
      scope: { agencyId, subaccountIds: [subaccountId] },
      actions: new Set(),
    });
    return { userId, ctx };
  }
  const markRead = async (ctx: Context): Promise<void> => {
    const { clock, database } = app;
    const service = new ConversationService({ database, clock, waker: { wake: () => undefined } });
    for (const { id } of await conversations()) await service.markRead(ctx, id);
  };
  const unread = () =>
    app.db.query<object>('select user_id, read_count from unread_conversation where device_id = $1', [
      device.id,
    ]);

  test('is unread until they have read it, also when several come at once', async () => {
    const { userId: user_id, ctx } = await employ();
    await receive(entry('A1', text('one')), entry('A2', text('two')));
    expect(await unread()).toEqual([{ user_id, read_count: 0 }]);
    await markRead(ctx);
    expect(await unread()).toEqual([]);
    await receive(entry('A3', text('three')), entry('A4', text('four')));
    expect(await unread()).toEqual([{ user_id, read_count: 2 }]);
    await receive(entry('A5', text('five')));
    expect(await unread()).toEqual([{ user_id, read_count: 2 }]);
  });

  test.each([
    ['by somebody who is known', {}],
    ['under a new name', { envelope: { pushName: 'Ann' } }],
  ])('%s stays unread when it comes while they mark the conversation as read', async (_what, changes) => {
    const { userId: user_id, ctx } = await employ();
    await receive(entry('A1', text('one')));
    await store(entry('A2', text('two'), changes));
    const arriving = await app.database.compose(ctx, async (_tx, inside) => {
      await markRead(inside);
      const applied = app.inbound.applyDue(device.ctx, device.id);
      await vi.waitFor(async () => {
        const waiting = await app.db.query(
          `select from pg_stat_activity where datname = current_database() and cardinality(pg_blocking_pids(pid)) > 0`,
        );
        expect(waiting).toHaveLength(1);
      }, 30_000);
      return { applied };
    });
    await arriving.applied;
    expect(await unread()).toEqual([{ user_id, read_count: 1 }]);
  });
});

test('100 messages of ten people, applied by four at once, are each there once and in order', async () => {
  const entries = Array.from({ length: 100 }, (_, index) =>
    entry(`A${index}`, text(String(index)), {
      chat: `62812000000${index % 10}0@s.whatsapp.net`,
      envelope: { senderPhone: `62812000000${index % 10}0` },
    }),
  );
  await store(...entries);
  await Promise.all([1, 2, 3, 4].map(() => app.inbound.applyDue(device.ctx, device.id)));

  expect((await messages()).map((message) => message.text).sort()).toEqual(
    entries.map((_, index) => String(index)).sort(),
  );
  expect(await conversations()).toHaveLength(10);
});

describe('messages of people who have written before', () => {
  const of = (person: number, id: string, words: string): InboxEntry => {
    const phone = `62812000000${person}0`;
    const chat = `${phone}@s.whatsapp.net`;
    return entry(id, text(words), { chat, envelope: { senderPhone: phone } });
  };
  const received = async () => (await topics()).filter((topic) => topic === 'message.received').length;

  test('cost the same statements, however many are applied together', async () => {
    await receive(of(1, 'A1', 'one'), of(2, 'A2', 'two'));
    const costs: number[] = [];
    for (const count of [2, 60]) {
      const entries = Array.from({ length: count }, (_, index) =>
        of(1 + (index % 2), `${count}.${index}`, `${index}`),
      );
      costs.push(await costOf(...entries));
    }
    expect(costs[1]).toBe(costs[0]);
    expect(costs[1]).toBeLessThanOrEqual(8);
    expect(await received()).toBe(64);
  });

  test('are counted, open what was set aside, and tell that once', async () => {
    await receive(of(1, 'A1', 'one'), of(2, 'A2', 'two'));
    await app.db.query(
      `update conversation set status = 'CLOSED' where device_id = $1 and contact_id = (
         select contact_id from contact_identity where subaccount_id = $2 and value = '6281200000010')`,
      [device.id, device.subaccountId],
    );
    await receive(of(1, 'B1', 'three'), of(2, 'B2', 'four'), of(1, 'B3', 'five'));
    const rows = await app.db.query<object>(
      `select status, unread_count, received_count, version from conversation where device_id = $1 order by id`,
      [device.id],
    );
    expect(rows).toEqual([
      { status: 'OPEN', unread_count: 3, received_count: 3, version: 2 },
      { status: 'OPEN', unread_count: 2, received_count: 2, version: 1 },
    ]);
    expect((await topics()).filter((topic) => topic === 'conversation.updated')).toHaveLength(1);
  });

  test('stay in order with what their authors change between them', async () => {
    await receive(of(1, 'A1', 'hello'));
    const edit = encode({
      protocolMessage: {
        type: Type.MESSAGE_EDIT,
        key: { id: 'B1' },
        editedMessage: { conversation: 'edited' },
      },
    });
    await receive(
      of(1, 'B1', 'first'),
      { ...of(1, 'B2', ''), content: edit },
      of(1, 'B3', 'second'),
      of(3, 'B4', 'from somebody new'),
      of(1, 'B5', 'third'),
      of(3, 'B6', 'and again'),
    );
    const words = (await messages()).map((message) => message.text);
    expect(words).toEqual(['hello', 'edited', 'second', 'from somebody new', 'third', 'and again']);
    expect(await received()).toBe(6);
  });

  test('are there once, also when one comes under both addresses of its author', async () => {
    await receive(entry('A1', text('hello'), { envelope: { senderLid: LID } }));
    const byLid = { chat: LID, envelope: { senderLid: LID } };
    await receive(entry('B1', text('again')), entry('B1', text('again'), byLid), entry('B2', text('more')));
    expect((await messages()).map((message) => message.text)).toEqual(['hello', 'again', 'more']);
    expect(await conversations()).toMatchObject([{ unread_count: 3 }]);
    expect(await received()).toBe(3);
  });

  test('are not held up by one that cannot be applied', async () => {
    await receive(of(1, 'A1', 'one'));
    await store(of(1, 'B1', 'two'), of(1, 'B2', 'broken'), of(1, 'B3', 'three'));
    await app.db.query(
      `update inbox set envelope = envelope || '{"sentAt": "never"}' where whatsapp_id = 'B2'`,
    );
    await app.inbound.applyDue(device.ctx, device.id);
    expect((await messages()).map((message) => message.text)).toEqual(['one', 'two', 'three']);
    expect(await conversations()).toMatchObject([{ unread_count: 3 }]);
  });
});

describe('messages of people who write for the first time', () => {
  const of = (person: number, id: string, changes: Changes = {}): InboxEntry => {
    const phone = `62813${String(person).padStart(7, '0')}`;
    const envelope = { senderPhone: phone, senderLid: `${phone}7@lid`, ...changes.envelope };
    return entry(id, text(id), { chat: `${phone}@s.whatsapp.net`, ...changes, envelope });
  };

  test('cost the same statements, however many are applied together', async () => {
    await receive(of(1, 'A1'));
    const costs: number[] = [];
    for (const count of [2, 40]) {
      const entries = Array.from({ length: count }, (_, index) =>
        of(count * 100 + index, `${count}.${index}`),
      );
      costs.push(await costOf(...entries));
    }
    expect(costs[1]).toBe(costs[0]);
    expect(costs[1]).toBeLessThanOrEqual(13);
    expect(await messages()).toHaveLength(43);
    expect(await conversations()).toHaveLength(43);
  });

  test('are told with them, each person once, and after them', async () => {
    await receive(of(1, 'A1'), of(2, 'A2'), of(1, 'A3'));
    expect(await topics()).toEqual(
      expect.arrayContaining(['contact.created', 'conversation.created', 'message.received']),
    );
    const told = (await topics()).filter((topic) => /^(contact|conversation|message)/.test(topic));
    expect(told).toEqual([
      ...Array<string>(2).fill('contact.created'),
      ...Array<string>(2).fill('conversation.created'),
      ...Array<string>(3).fill('message.received'),
    ]);
    expect((await conversations()).map(({ unread_count }) => unread_count).sort()).toEqual([1, 2]);
    const rows = await app.db.query<object>(
      'select first_inbound_at, last_message_at from conversation where device_id = $1',
      [device.id],
    );
    expect(rows).toEqual([
      { first_inbound_at: SENT_AT, last_message_at: SENT_AT },
      { first_inbound_at: SENT_AT, last_message_at: SENT_AT },
    ]);
  });

  test('come to the contact that another device of the subaccount knows, and to whom was written before', async () => {
    const other = await app.seedDevice({ beside: device });
    await app.database.write(other.ctx, async (tx) => {
      await app.inbox.writeInbox(tx, (await app.openSession(other)).live, [of(1, 'O1'), of(2, 'O2')]);
    });
    await app.inbound.applyDue(other.ctx, other.id);
    await app.db.query(
      `insert into conversation (id, agency_id, subaccount_id, device_id, kind, contact_id, status, unread_count, received_count,
         last_message_at, created_at, reached_out_at)
       select gen_random_uuid(), agency_id, subaccount_id, $1, 'DIRECT', contact_id, 'OPEN', 0, 0, $2, $2, $2
       from contact_identity where subaccount_id = $3 and value = '628130000002'`,
      [device.id, new Date(0), device.subaccountId],
    );
    await receive(of(1, 'A1'), of(2, 'A2'), of(3, 'A3'));
    const rows = await app.db.query<object>(
      `select (select count(*)::integer from contact where subaccount_id = $2) as people, c.first_inbound_at, c.unread_count
       from conversation c where device_id = $1`,
      [device.id, device.subaccountId],
    );
    expect(rows).toEqual(
      Array.from({ length: 3 }, () => ({ people: 3, first_inbound_at: SENT_AT, unread_count: 1 })),
    );
    const created = (await topics()).filter((topic) => topic === 'conversation.created');
    expect(created).toHaveLength(2 + 2);
  });

  test('are of one contact where they name it by number alone, by LID alone and by both', async () => {
    const [lid, phone] = ['6281300000057@lid', '628130000005'];
    await receive(
      of(5, 'A1'),
      of(5, 'A2', { envelope: { senderLid: null } }),
      of(5, 'A3', { chat: lid, envelope: { senderPhone: null } }),
    );
    expect(await conversations()).toMatchObject([{ unread_count: 3 }]);
    const names = await app.db.query<{ value: string }>(
      'select value from contact_identity where subaccount_id = $1 order by kind',
      [device.subaccountId],
    );
    expect(names.map(({ value }) => value)).toEqual([lid, phone]);
  });

  test('are told apart when one of them has the number that was another one’s', async () => {
    await receive(of(6, 'A1'));
    await receive(of(6, 'B1', { envelope: { senderLid: '999@lid' } }), of(7, 'B2'));
    expect(await conversations()).toHaveLength(3);
    expect(await messages()).toHaveLength(3);
  });
});

describe('what cannot be decrypted', () => {
  test('is shown until its author sends it once more, and told as received only then', async () => {
    await receive(entry('A1', null));
    expect(await only()).toMatchObject({ status: 'UNDECRYPTABLE', text: null });
    expect((await topics()).at(-1)).toBe('message.created');

    await receive(entry('A1', text('hello')));
    expect(await only()).toMatchObject({ status: 'RECEIVED', text: 'hello', kind: 'TEXT' });
    expect((await topics()).slice(-2)).toEqual(['message.status_changed', 'message.received']);
    expect(await conversations()).toMatchObject([{ unread_count: 1 }]);
  });

  test('does not hide what is readable already', async () => {
    await receive(entry('A1', text('hello')));
    await receive(entry('A1', null));
    expect(await only()).toMatchObject({ status: 'RECEIVED', text: 'hello' });
  });
});

describe('a person who writes under number and LID', () => {
  test('is one contact in one conversation once a message shows both, and no message is lost or doubled', async () => {
    await receive(entry('A1', text('by number')));
    const byLid = { chat: LID, envelope: { senderPhone: null, senderLid: LID } };
    await receive(entry('A2', text('by LID'), byLid));
    expect(await conversations()).toHaveLength(2);

    await receive(entry('A3', text('both'), { chat: LID, envelope: { senderLid: LID } }));
    expect(await conversations()).toMatchObject([{ unread_count: 3 }]);
    expect((await messages()).map((message) => message.text)).toEqual(['by number', 'by LID', 'both']);
    await app.db.query('update inbox set due_at = now() where device_id = $1', [device.id]);
    await app.inbound.applyDue(device.ctx, device.id);
    expect(await messages()).toHaveLength(3);
  });
});

describe('what the owner types on the phone', () => {
  const own = { fromMe: true, envelope: { senderPhone: '6281100000000', recipientPhone: PHONE } };

  test('appears as sent, in the conversation with the recipient, and takes receipts', async () => {
    await receive(entry('B1', text('from my phone'), own));
    expect(await only()).toMatchObject({ direction: 'OUTBOUND', status: 'SENT', recipient: PHONE });
    expect(await conversations()).toMatchObject([{ unread_count: 0 }]);

    const read = { whatsappIds: ['B1'], chat: CHAT, kind: 'READ', at: SENT_AT } as const;
    await app.receipts.apply(connection.live, [read]);
    expect((await only()).status).toBe('READ');
  });

  test('is proof of sending when it is our own message that comes back', async () => {
    const { message } = await app.messages.accept(device.ctx, { deviceId: device.id, to: PHONE, text: 'hi' });
    await receive(entry(message.whatsappId ?? '', text('hi'), own));
    expect(await only()).toMatchObject({ id: message.id, status: 'SENT' });
  });
});

describe('a group', () => {
  const inGroup = (participant: string, phone: string): Changes => ({
    chat: GROUP,
    participant,
    envelope: { senderPhone: phone },
  });

  test('is one conversation of kind GROUP, whoever writes', async () => {
    await receive(
      entry('G1', text('one'), inGroup('1@lid', PHONE)),
      entry('G2', text('two'), inGroup('2@lid', '6281200000002')),
    );
    expect(await conversations()).toMatchObject([{ kind: 'GROUP', unread_count: 2 }]);
    expect((await messages()).map((message) => message.sender)).toEqual([PHONE, '6281200000002']);
  });

  test("is no place where a member can delete another member's message", async () => {
    await receive(entry('G1', text('one'), inGroup('1@lid', PHONE)));
    const revoke = encode({ protocolMessage: { type: Type.REVOKE, key: { id: 'G1', remoteJid: GROUP } } });
    await receive(entry('G2', revoke, inGroup('2@lid', '6281200000002')));
    expect(await only()).toMatchObject({ text: 'one', deletedAt: null });
    await receive(entry('G3', revoke, inGroup('1@lid', PHONE)));
    expect((await only()).deletedAt).toEqual(SENT_AT);
  });
});

describe('what an author changes later', () => {
  const edit = (id: string, words: string) =>
    encode({
      protocolMessage: { type: Type.MESSAGE_EDIT, key: { id }, editedMessage: { conversation: words } },
    });
  const revoke = (id: string) => encode({ protocolMessage: { type: Type.REVOKE, key: { id } } });

  test('an edit replaces the text and says when', async () => {
    await receive(entry('A1', text('helo')), entry('A2', edit('A1', 'hello')));
    expect(await only()).toMatchObject({ text: 'hello', editedAt: SENT_AT, whatsappId: 'A1' });
    expect((await topics()).at(-1)).toBe('message.updated');
  });

  test('an edit of a message that we never saw is shown as a message', async () => {
    await receive(entry('A2', edit('A1', 'hello')));
    expect(await only()).toMatchObject({ text: 'hello', whatsappId: 'A2' });
  });

  test('a deletion for everybody is honoured: nothing of the message is kept', async () => {
    await receive(entry('A1', text('secret')), entry('A2', revoke('A1')));
    expect(await only()).toMatchObject({ text: null, deletedAt: SENT_AT, status: 'RECEIVED' });
    expect((await topics()).at(-1)).toBe('message.updated');
  });

  test('a deletion by the other side does not touch what we wrote', async () => {
    const { message } = await app.messages.accept(device.ctx, { deviceId: device.id, to: PHONE, text: 'hi' });
    await receive(entry('A2', revoke(message.whatsappId ?? '')));
    expect(await only()).toMatchObject({ text: 'hi', deletedAt: null });
  });

  test('a reaction is a message that names its target, and nothing unread', async () => {
    const { message } = await app.messages.accept(device.ctx, { deviceId: device.id, to: PHONE, text: 'hi' });
    const reaction = encode({
      reactionMessage: { text: '👍', key: { id: message.whatsappId ?? '', fromMe: true } },
    });
    await receive(entry('A2', reaction));
    expect((await messages())[1]).toMatchObject({ kind: 'REACTION', text: '👍', targetId: message.id });
    expect(await conversations()).toMatchObject([{ unread_count: 0 }]);
  });
});

test.each([
  ['a status post', { chat: 'status@broadcast', participant: CHAT }],
  ['a newsletter', { chat: '120363@newsletter' }],
])('%s is ignored', async (_name, changes) => {
  await receive(entry('A1', text('news'), changes));
  expect(await messages()).toEqual([]);
  expect(await conversations()).toEqual([]);
});

test('a message to a list that we are on belongs to the person who wrote it', async () => {
  await receive(entry('A1', text('offer'), { chat: '123@broadcast', participant: CHAT }));
  expect(await only()).toMatchObject({ text: 'offer' });
  expect(await conversations()).toMatchObject([{ kind: 'DIRECT' }]);
});

test('what cannot be shown yet is UNSUPPORTED, with its raw content kept', async () => {
  const content = Buffer.from('ff', 'hex');
  await receive(entry('A1', content));
  const message = await only();
  expect(message).toMatchObject({ kind: 'UNSUPPORTED', status: 'RECEIVED', text: null });
  const [row] = await app.db.query<{ content: Buffer }>('select content from message where id = $1', [
    message.id,
  ]);
  const key = await app.deviceKeys.dataKey(device.ctx, device.id);
  expect(key.open(row?.content ?? Buffer.of(), `message:${message.id}`)).toEqual(content);
});

test('a row that cannot be applied is marked after five tries and holds up nobody', async () => {
  await store(entry('A1', text('broken')), entry('A2', text('fine')));
  await app.db.query(`update inbox set content = '\\x00' where device_id = $1 and whatsapp_id = 'A1'`, [
    device.id,
  ]);
  for (let attempt = 1; attempt <= 6; attempt += 1) {
    await app.inbound.applyDue(device.ctx, device.id);
    app.clock.advance(20_000);
  }
  expect(await only()).toMatchObject({ text: 'fine' });
  const [row] = await app.db.query<object>(
    `select due_at, attempt_count, failure from inbox where device_id = $1 and whatsapp_id = 'A1'`,
    [device.id],
  );
  expect(row).toMatchObject({ due_at: null, attempt_count: 5, failure: 'UnsealError' });
});

describe('the inbox', () => {
  test('gives back what it has, for a redelivery that cannot be decrypted any more', async () => {
    await store(entry('A1', text('hello')), entry('A2', null));
    const name = entry('A1', null);
    expect(await app.inbox.findInbox(connection.live, name)).toEqual(Buffer.from(text('hello')));
    expect(await app.inbox.findInbox(connection.live, { ...name, whatsappId: 'A2' })).toBeNull();
    expect(await app.inbox.findInbox(connection.live, { ...name, whatsappId: 'A3' })).toBeUndefined();
  });

  test('keeps what it could read, whatever is delivered under the same name later', async () => {
    await receive(entry('A1', text('hello')));
    await store(entry('A1', text('other')), entry('A1', null));
    const content = await app.inbox.findInbox(connection.live, entry('A1', null));
    expect(content).toEqual(Buffer.from(text('hello')));
    const rows = await app.db.query('select due_at from inbox where device_id = $1', [device.id]);
    expect(rows).toEqual([{ due_at: null }]);
  });

  test('gives back what was sent, for a recipient that could not read it', async () => {
    const { message } = await app.messages.accept(device.ctx, { deviceId: device.id, to: PHONE, text: 'hi' });
    const content = await app.inbox.findSent(connection.live, message.whatsappId ?? '');
    expect(content === null ? null : proto.Message.decode(content).extendedTextMessage?.text).toBe('hi');
    expect(await app.inbox.findSent(connection.live, 'unknown')).toBeNull();
  });

  test('forgets what was applied a while ago, and keeps what still waits', async () => {
    await receive(entry('A1', text('old')));
    await store(entry('A2', text('waits')));
    await app.db.query(`update inbox set received_at = now() - interval '15 days' where device_id = $1`, [
      device.id,
    ]);
    await app.inbound.purge();
    const rows = await app.db.query('select whatsapp_id from inbox where device_id = $1', [device.id]);
    expect(rows).toEqual([{ whatsapp_id: 'A2' }]);
  });

  test('forgets all that is old in one go, however much there is', async () => {
    await receive(entry('A1', text('old')));
    await app.db.query(
      `insert into inbox (device_id, whatsapp_id, chat, participant, from_me, id, agency_id, subaccount_id, envelope, received_at, attempt_count)
       select device_id, whatsapp_id || n, chat, participant, from_me, gen_random_uuid(), agency_id, subaccount_id, envelope,
              now() - interval '15 days', 0 from inbox, generate_series(1, 12000) n where device_id = $1`,
      [device.id],
    );
    await app.inbound.purge();
    const [left] = await app.db.query<{ rows: number }>(
      'select count(*)::int as rows from inbox where device_id = $1',
      [device.id],
    );
    expect(left?.rows).toBe(1);
  });

  test('of a process that is gone is applied by any other', async () => {
    await store(entry('A1', text('hello')));
    await app.inbound.applyLeft();
    expect((await only()).text).toBe('hello');
  });
});

describe('a file', () => {
  /** What a wake-up leads to that names the device. */
  async function arrives(): Promise<void> {
    app.woken.length = 0;
    await app.work.onInbox(connection.live);
    expect(app.woken.map(({ id }) => id)).toEqual([device.id]);
    await app.work.onFilesDue(connection.live);
  }

  const image = encode({
    imageMessage: { caption: 'look', mimetype: 'image/jpeg', fileLength: 4, mediaKey: Buffer.alloc(32) },
  });

  test('is downloaded through the live session, stored, and told', async () => {
    await store(entry('A1', image));
    await arrives();
    const message = await only();
    expect(message).toMatchObject({ kind: 'IMAGE', text: 'look' });
    await vi.waitFor(async () => {
      const [media] = await app.reader.findMedia(device.ctx, [message.id]);
      expect(media).toMatchObject({ state: 'AVAILABLE', mimeType: 'image/jpeg', sizeBytes: 4 });
    });
    const chunks = await (await app.store.open(`${device.subaccountId}/${message.id}`)).toArray();
    expect(Buffer.concat(chunks as Buffer[]).toString()).toBe('file');
    expect((await topics()).at(-1)).toBe('message.updated');
  });

  test('that WhatsApp no longer has is visibly gone', async () => {
    connection.session.onDownload = async () => {
      throw whatsappErrors.WHATSAPP_MEDIA_GONE();
    };
    await store(entry('A1', image));
    await arrives();
    const message = await only();
    await vi.waitFor(async () => {
      const [media] = await app.reader.findMedia(device.ctx, [message.id]);
      expect(media).toMatchObject({ state: 'FAILED', attemptCount: 1, dueAt: null });
      expect(media?.failure).toContain('WHATSAPP_MEDIA_GONE');
    });
  });

  test('that fails is tried again, at most five times', async () => {
    connection.session.onDownload = async () => {
      throw whatsappErrors.WHATSAPP_DOWNLOAD_FAILED();
    };
    await receive(entry('A1', image));
    const { id } = await only();
    const states: unknown[] = [];
    for (let attempt = 1; attempt <= 6; attempt += 1) {
      await app.downloader.downloadDue(connection.live);
      const [media] = await app.reader.findMedia(device.ctx, [id]);
      states.push([media?.state, media?.attemptCount]);
      app.clock.advance(600_000);
    }
    expect(states).toEqual([
      ...[1, 2, 3, 4].map((count) => ['PENDING', count]),
      ['FAILED', 5],
      ['FAILED', 5],
    ]);
  });

  test('goes when its author deletes the message', async () => {
    await store(entry('A1', image));
    await arrives();
    const { id } = await only();
    await vi.waitFor(async () => {
      expect((await app.reader.findMedia(device.ctx, [id]))[0]?.state).toBe('AVAILABLE');
    });
    await receive(entry('A2', encode({ protocolMessage: { type: Type.REVOKE, key: { id: 'A1' } } })));
    expect(await app.reader.findMedia(device.ctx, [id])).toEqual([]);
    await expect(app.store.open(`${device.subaccountId}/${id}`)).rejects.toMatchObject({
      reason: 'NOT_FOUND',
    });
  });
});

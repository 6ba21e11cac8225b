import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { AppError } from '../../../src/kernel/errors.js';
import { newId } from '../../../src/kernel/ids.js';
import type { SendMessageRequest } from '../../../src/modules/messaging/index.js';
import { contentCodec, createMessaging } from './fixture.js';
import type { DeviceFacts, Messaging, TestDevice } from './fixture.js';

let app: Messaging;
let device: TestDevice;

beforeAll(async () => {
  app = await createMessaging();
});
afterAll(() => app.close());
beforeEach(async () => {
  device = await app.seedDevice();
  app.woken.length = 0;
  app.fetches.length = 0;
});

type Request = Partial<SendMessageRequest>;

const request = (changes: Request = {}): SendMessageRequest => ({
  deviceId: device.id,
  to: '+62 812-0000-0001',
  text: 'hello',
  ...changes,
});
const send = (changes: Request = {}) => app.messages.accept(device.ctx, request(changes));

async function refusal(work: Promise<unknown>): Promise<AppError> {
  const error: unknown = await work.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (error instanceof AppError) return error;
  throw new Error('it was not refused', { cause: error });
}

const TABLES = ['contact', 'contact_identity', 'conversation', 'message', 'message_key', 'message_media'];
async function rowCounts(): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const table of [...TABLES, 'idempotency_key', 'event']) {
    const rows = await app.db.query<{ count: string }>(
      `select count(*) from ${table} where subaccount_id = $1`,
      [device.subaccountId],
    );
    counts[table] = Number(rows[0]?.count);
  }
  return counts;
}

describe('a contact who is left alone', () => {
  const mark = (column: 'opted_out_at' | 'blocked_at') =>
    app.db.query(`update contact set ${column} = now() where subaccount_id = $1`, [device.subaccountId]);
  const reasonOf = async (changes: Request) => (await refusal(send(changes))).reason;

  test.each([{}, { media: { url: 'http://127.0.0.2/a.png', type: 'IMAGE' } }])(
    'gets nothing of rules after an opt-out, and nothing at all when blocked: %o',
    async (content) => {
      await send();
      await mark('opted_out_at');
      const before = await rowCounts();
      expect(await reasonOf({ ...content, origin: 'AUTOMATION' })).toBe('RECIPIENT_OPTED_OUT');
      expect(await rowCounts()).toEqual(before);
      expect((await send(content)).message.status).toBe('PENDING');
      await mark('blocked_at');
      expect(await reasonOf({ ...content, origin: 'AUTOMATION' })).toBe('RECIPIENT_BLOCKED');
      expect(await reasonOf(content)).toBe('RECIPIENT_BLOCKED');
    },
  );
});

describe('a message that is accepted', () => {
  test('is due at once, also when the clock of the process that accepts it is ahead', async () => {
    const HOUR_MS = 3_600_000;
    app.clock.advance(HOUR_MS);
    const { message } = await send();
    const scheduledAt = new Date(Date.now() + 2 * HOUR_MS);
    const later = await send({ scheduledAt });
    app.clock.advance(-HOUR_MS);
    const due = (id: string) =>
      app.db.query<{ now: boolean }>('select due_at <= clock_timestamp() as now from message where id = $1', [
        id,
      ]);
    expect(await due(message.id)).toEqual([{ now: true }]);
    expect(await due(later.message.id)).toEqual([{ now: false }]);
  });

  test('is in the outbox, with its WhatsApp id and its content fixed, and wakes the device', async () => {
    const { message, replayed } = await send();

    expect(replayed).toBe(false);
    expect(message).toMatchObject({ status: 'PENDING', direction: 'OUTBOUND', kind: 'TEXT', text: 'hello' });
    expect(message.recipient).toBe('6281200000001');
    expect(message.whatsappId).toMatch(/^3EB0[0-9A-F]{18}$/);
    const [row] = await app.db.query<{ content: Buffer; due_at: Date }>(
      'select content, due_at from message where id = $1',
      [message.id],
    );
    const key = await app.deviceKeys.dataKey(device.ctx, device.id);
    const content = key.open(row?.content ?? Buffer.of(), `message:${message.id}`);
    expect(contentCodec.decode(content)).toEqual({ kind: 'TEXT', text: 'hello' });
    expect(app.woken.map((target) => target.id)).toEqual([device.id]);
    const events = await app.db.query<{ topic: string }>(
      'select topic from event where stream_id = $1 order by seq',
      [device.subaccountId],
    );
    expect(events.map((event) => event.topic)).toEqual([
      'contact.created',
      'conversation.created',
      'message.created',
    ]);
  });

  test('shares contact and conversation with the next one to the same number', async () => {
    const first = await send();
    const second = await send({ to: '6281200000001' });

    expect(second.message.conversationId).toBe(first.message.conversationId);
    expect(await rowCounts()).toMatchObject({ contact: 1, conversation: 1, message: 2, message_key: 2 });
  });

  test('comes with others of its caller: all in a few transactions, each its own, and a refused one disturbs nobody', async () => {
    const COUNT = 30;
    const people = ['6281200000001', '6281200000002', '6281200000003'];
    for (const to of people) await send({ to });
    const off = await app.seedDevice({ status: 'LOGGED_OUT' });
    app.woken.length = 0;
    const requests = Array.from({ length: COUNT }, (_, index) => ({
      to: people[index % people.length],
      text: `text ${index}`,
    }));
    const accepted = requests.map((changes) => send(changes));
    const refused = [send({ deviceId: newId() }), send({ deviceId: off.id }), send({ to: '6281200000004' })];
    const messages = (await Promise.all(accepted)).map(({ message }) => message);
    const outcomes = await Promise.allSettled(refused);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'fulfilled']);

    expect(messages.map(({ text }) => text)).toEqual(requests.map(({ text }) => text));
    expect(messages.map(({ recipient }) => recipient)).toEqual(requests.map(({ to }) => to));
    const rows = await app.db.query<{ id: string; conversation_id: string; tx: string }>(
      'select id, conversation_id, xmin::text as tx from message where id = any($1) order by id',
      [messages.map(({ id }) => id)],
    );
    expect(rows.map(({ conversation_id }) => conversation_id)).toEqual(
      messages.toSorted((a, b) => (a.id < b.id ? -1 : 1)).map(({ conversationId }) => conversationId),
    );
    expect(rows).toHaveLength(COUNT);
    expect(new Set(rows.map(({ tx }) => tx)).size).toBeLessThan(COUNT / 3);
    expect(app.woken).toHaveLength(COUNT + 1);
    const [stored] = await app.db.query(
      `select count(distinct (k.whatsapp_id, k.conversation_id))::int as keys, count(distinct m.content)::int as contents,
              bool_and(m.whatsapp_id = k.whatsapp_id and m.created_at <= c.last_message_at and m.due_at <= now()) as complete,
              array_agg(m.number::int order by m.id) as numbers
       from message m join message_key k on k.message_id = m.id join conversation c on c.id = m.conversation_id where m.id = any($1)`,
      [messages.map(({ id }) => id)],
    );
    const byId = messages.toSorted((a, b) => (a.id < b.id ? -1 : 1));
    expect(stored).toEqual({
      keys: COUNT,
      contents: COUNT,
      complete: true,
      numbers: byId.map(({ number }) => number),
    });
  });

  test('with a file waits for a worker to fetch it', async () => {
    const { message } = await send({ media: { url: 'https://example.com/a.jpg', type: 'IMAGE' } });

    expect(message).toMatchObject({ kind: 'IMAGE', text: 'hello', status: 'PENDING' });
    expect(app.fetches).toMatchObject([{ messageId: message.id, deviceId: device.id }]);
    expect(app.woken).toEqual([]);
  });

  test('keeps the expiry that was asked for; the moment wins over the seconds, which are not even looked at', async () => {
    const expiresAt = new Date(Date.now() + 60_000);
    expect((await send({ expiresAt, expiresInSeconds: -5 })).message.expiresAt).toEqual(expiresAt);
    const relative = (await send({ expiresInSeconds: 60 })).message.expiresAt?.getTime() ?? 0;
    expect(Math.abs(relative - expiresAt.getTime())).toBeLessThan(5_000);
  });
});

describe('bad input is refused with its reason and field, and leaves no row behind', () => {
  const table: [string, Request, string, string | null][] = [
    ['a malformed number', { to: '0812' }, 'INVALID_PHONE', 'input.to'],
    ['letters for a number', { to: 'nobody' }, 'INVALID_PHONE', 'input.to'],
    ['no text and no file', { text: null }, 'INVALID_INPUT', 'input.text'],
    ['an empty text', { text: '' }, 'INVALID_INPUT', 'input.text'],
    ['a text of blanks', { text: ' \n\t ' }, 'INVALID_INPUT', 'input.text'],
    ['a text of 4097 characters', { text: 'x'.repeat(4_097) }, 'INVALID_INPUT', 'input.text'],
    ['a text with U+0000', { text: 'a\0b' }, 'INVALID_INPUT', 'input.text'],
    [
      'a caption of 1025 characters',
      { text: 'x'.repeat(1_025), media: { url: 'https://example.com/a.jpg' } },
      'INVALID_INPUT',
      'input.text',
    ],
    [
      'a caption for audio',
      { media: { url: 'https://example.com/a.mp3', type: 'AUDIO' } },
      'INVALID_INPUT',
      'input.text',
    ],
    ['a file by ftp', { media: { url: 'ftp://example.com/a' } }, 'URL_NOT_ALLOWED', 'input.media.url'],
    ['a private address', { media: { url: 'http://10.0.0.1/a' } }, 'URL_NOT_ALLOWED', 'input.media.url'],
    ['localhost', { media: { url: 'http://localhost/a' } }, 'URL_NOT_ALLOWED', 'input.media.url'],
    [
      'a file name with folders',
      { media: { url: 'https://example.com/a', fileName: '../a' } },
      'INVALID_INPUT',
      'input.media.fileName',
    ],
    [
      'an unknown kind of file',
      { media: { url: 'https://example.com/a', type: 'GIF' } },
      'INVALID_INPUT',
      'input.media.type',
    ],
    ['an expiry in the past', { expiresAt: new Date(0) }, 'INVALID_INPUT', 'input.expiresAt'],
    ['an expiry of no seconds', { expiresInSeconds: 0 }, 'INVALID_INPUT', 'input.expiresInSeconds'],
    ['an expiry of half a second', { expiresInSeconds: 0.5 }, 'INVALID_INPUT', 'input.expiresInSeconds'],
    ['an empty idempotency key', { idempotencyKey: '' }, 'INVALID_INPUT', 'input.idempotencyKey'],
    ['a device that does not exist', { deviceId: newId() }, 'NOT_FOUND', null],
  ];

  test.each(table)('%s', async (_name, changes, reason, field) => {
    const error = await refusal(send({ idempotencyKey: 'key-1', ...changes }));

    expect(error.reason).toBe(reason);
    expect(error.fields.map((each) => each.path)).toEqual(field === null ? [] : [field]);
    expect(Object.values(await rowCounts()).every((count) => count === 0)).toBe(true);
  });

  test("another tenant's device is one that does not exist", async () => {
    const other = await app.seedDevice();
    const error = await refusal(send({ deviceId: other.id }));
    expect(error.reason).toBe('NOT_FOUND');
  });
});

describe('a device in each state', () => {
  const table: [string, DeviceFacts, string | null, string | null][] = [
    ['CONNECTED', {}, null, null],
    ['CONNECTING', { connection: 'OPENING' }, null, 'DEVICE_OFFLINE'],
    ['OFFLINE', { connection: 'CLOSED' }, null, 'DEVICE_OFFLINE'],
    ['REPLACED', { link: 'REPLACED' }, null, 'DEVICE_OFFLINE'],
    ['NOT_PAIRED', { link: 'UNPAIRED' }, 'DEVICE_NOT_PAIRED', 'DEVICE_NOT_PAIRED'],
    ['PAIRING', { link: 'PAIRING' }, 'DEVICE_NOT_PAIRED', 'DEVICE_NOT_PAIRED'],
    ['PAIRING_EXPIRED', { link: 'PAIRING_EXPIRED' }, 'DEVICE_NOT_PAIRED', 'DEVICE_NOT_PAIRED'],
    ['LOGGED_OUT', { link: 'LOGGED_OUT' }, 'DEVICE_LOGGED_OUT', 'DEVICE_LOGGED_OUT'],
    ['REJECTED', { link: 'REJECTED' }, 'DEVICE_REJECTED', 'DEVICE_REJECTED'],
    ['BANNED', { link: 'BANNED' }, 'DEVICE_BANNED', 'DEVICE_BANNED'],
    ['SUSPENDED', {}, 'DEVICE_SUSPENDED', 'DEVICE_SUSPENDED'],
  ];

  test.each(table)('%s', async (status, facts, whenQueued, whenRejected) => {
    device = await app.seedDevice({ ...facts, status });
    for (const [whenOffline, reason] of [
      ['QUEUE', whenQueued],
      ['REJECT', whenRejected],
    ] as const) {
      if (reason === null) expect((await send({ whenOffline })).message.status).toBe('PENDING');
      else expect((await refusal(send({ whenOffline }))).reason).toBe(reason);
    }
    if (whenQueued !== null) expect(await rowCounts()).toMatchObject({ message: 0, contact: 0, event: 0 });
  });
});

describe('an idempotency key', () => {
  test('makes 50 equal sends at once one message', async () => {
    const answers = await Promise.all(Array.from({ length: 50 }, () => send({ idempotencyKey: 'once' })));

    expect(new Set(answers.map((answer) => answer.message.id)).size).toBe(1);
    expect(answers.filter((answer) => !answer.replayed)).toHaveLength(1);
    expect(await rowCounts()).toMatchObject({ message: 1, contact: 1, conversation: 1 });
  });

  test('answers with the message of then, also when its moment has passed and the device is gone', async () => {
    const expiresAt = new Date(app.clock.now().getTime() + 60_000);
    const first = await send({ idempotencyKey: 'later', expiresAt });
    await app.db.query(`update device set status = 'LOGGED_OUT' where id = $1`, [device.id]);
    app.clock.advance(120_000);

    const again = await send({ idempotencyKey: 'later', expiresAt });
    expect(again).toMatchObject({ replayed: true, message: { id: first.message.id } });
  });

  test('with another text is a conflict', async () => {
    await send({ idempotencyKey: 'once' });
    const error = await refusal(send({ idempotencyKey: 'once', text: 'other' }));
    expect(error).toMatchObject({ kind: 'CONFLICT', reason: 'IDEMPOTENCY_KEY_REUSED' });
  });
});

describe('cancelling', () => {
  test('ends a message that waits, and tells it', async () => {
    const { message } = await send();
    const canceled = await app.messages.cancel(device.ctx, message.id);

    expect(canceled.status).toBe('CANCELED');
    const [event] = await app.db.query<{ payload: object }>(
      `select payload from event where stream_id = $1 and topic = 'message.status_changed'`,
      [device.subaccountId],
    );
    expect(event?.payload).toMatchObject({ messageId: message.id, previous: 'PENDING', status: 'CANCELED' });
  });

  test.each(['SENDING', 'SENT', 'READ', 'FAILED', 'CANCELED', 'RECEIVED'])(
    '%s is refused',
    async (status) => {
      const { message } = await send();
      await app.db.query('update message set status = $2 where id = $1', [message.id, status]);
      const error = await refusal(app.messages.cancel(device.ctx, message.id));
      expect(error).toMatchObject({ reason: 'MESSAGE_NOT_CANCELABLE', data: { status } });
    },
  );
});

describe('retrying', () => {
  async function ended(facts: string): Promise<string> {
    const { message } = await send();
    await app.db.query(`update message set due_at = null, ${facts} where id = $1`, [message.id]);
    return message.id;
  }

  test('sends what never left as a new message under a new id', async () => {
    const id = await ended(`status = 'EXPIRED'`);
    const retried = await app.messages.retry(device.ctx, id);

    expect(retried).toMatchObject({ status: 'PENDING', text: 'hello', retryOf: id });
    expect(retried.id).not.toBe(id);
  });

  test('sends what WhatsApp refused', async () => {
    const id = await ended(`status = 'FAILED', written = true, failure_code = 'SERVER_REJECTED'`);
    expect((await app.messages.retry(device.ctx, id)).retryOf).toBe(id);
  });

  test.each([
    ['may have arrived', `status = 'FAILED', written = true, failure_code = 'ATTEMPTS_EXHAUSTED'`],
    ['still waits', `status = 'PENDING'`],
    ['was delivered', `status = 'DELIVERED', written = true`],
    ['came from outside', `status = 'RECEIVED', direction = 'INBOUND'`],
  ])('what %s is refused', async (_name, facts) => {
    const error = await refusal(app.messages.retry(device.ctx, await ended(facts)));
    expect(error.reason).toBe('MESSAGE_NOT_RETRYABLE');
  });
});

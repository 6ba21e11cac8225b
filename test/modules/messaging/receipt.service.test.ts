import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Message } from '../../../src/modules/messaging/index.js';
import type { ReceiptKind } from '../../../src/whatsapp/index.js';
import { createMessaging } from './fixture.js';
import type { Messaging, TestDevice, TestSession } from './fixture.js';

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

async function outbound(status: string): Promise<Message> {
  const { message } = await app.messages.accept(device.ctx, {
    deviceId: device.id,
    to: '6281200000001',
    text: 'a',
  });
  await app.db.query('update message set status = $2, written = true, outcome_unknown = true where id = $1', [
    message.id,
    status,
  ]);
  return message;
}

const at = (second: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, second));

async function receive(message: Message, kind: ReceiptKind, second: number): Promise<void> {
  const whatsappIds = [message.whatsappId ?? ''];
  await app.receipts.apply(connection.live, [{ whatsappIds, chat: 'x', kind, at: at(second) }]);
}
const lateAck = (message: Message, errorCode: number | null, second = 1) =>
  app.receipts.applyLateAck(connection.live, {
    whatsappId: message.whatsappId ?? '',
    errorCode,
    at: at(second),
  });
const get = (message: Message) => app.reader.get(device.ctx, message.id);

async function steps(message: Message): Promise<string[]> {
  const rows = await app.db.query<{ status: string }>(
    `select payload->>'status' as status from event
     where stream_id = $1 and topic = 'message.status_changed' and payload->>'messageId' = $2 order by seq`,
    [device.subaccountId, message.id],
  );
  return rows.map((row) => row.status);
}

describe('a receipt', () => {
  test('stands for the steps below it', async () => {
    const message = await outbound('SENT');
    await receive(message, 'READ', 5);

    expect(await get(message)).toMatchObject({
      status: 'READ',
      outcomeUnknown: false,
      sentAt: at(5),
      deliveredAt: at(5),
      readAt: at(5),
      playedAt: null,
    });
  });

  test('that comes late does not undo a read, and tells nothing', async () => {
    const message = await outbound('SENT');
    await receive(message, 'READ', 5);
    await receive(message, 'DELIVERED', 3);

    expect(await get(message)).toMatchObject({ status: 'READ', deliveredAt: at(3), readAt: at(5) });
    expect(await steps(message)).toEqual(['READ']);
  });

  test('that comes twice is told once', async () => {
    const message = await outbound('SENT');
    await receive(message, 'DELIVERED', 3);
    await receive(message, 'DELIVERED', 3);
    expect(await steps(message)).toEqual(['DELIVERED']);
  });

  test.each(['PENDING', 'SENDING', 'FAILED', 'EXPIRED', 'CANCELED'])('lifts even %s', async (status) => {
    const message = await outbound(status);
    await app.db.query(`update message set failure_code = 'ATTEMPTS_EXHAUSTED' where id = $1`, [message.id]);
    await receive(message, 'DELIVERED', 3);
    expect(await get(message)).toMatchObject({ status: 'DELIVERED', failureCode: null, dueAt: null });
  });

  test('for many messages moves them all, and only those of its device', async () => {
    const messages = [await outbound('SENT'), await outbound('SENT'), await outbound('READ')];
    const other = await app.openSession(await app.seedDevice());
    const whatsappIds = messages.map((message) => message.whatsappId ?? '');
    const receipt = {
      whatsappIds: [...whatsappIds, 'unknown'],
      chat: 'x',
      kind: 'DELIVERED',
      at: at(1),
    } as const;

    await app.receipts.apply(other.live, [receipt]);
    expect((await get(messages[0] as Message)).status).toBe('SENT');
    await app.receipts.apply(connection.live, [receipt]);
    const statuses = await Promise.all(messages.map(async (message) => (await get(message)).status));
    expect(statuses).toEqual(['DELIVERED', 'DELIVERED', 'READ']);
  });
});

describe('an ack that comes after its sender stopped waiting', () => {
  test('makes the message SENT', async () => {
    const message = await outbound('PENDING');
    await lateAck(message, null);
    expect(await get(message)).toMatchObject({ status: 'SENT', outcomeUnknown: false, dueAt: null });
  });

  test('makes the message FAILED when it is a refusal', async () => {
    const message = await outbound('PENDING');
    await lateAck(message, 479);
    expect(await get(message)).toMatchObject({
      status: 'FAILED',
      failureCode: 'SERVER_REJECTED',
      outcomeUnknown: false,
    });
  });

  test('makes new chats wait when it is the refusal of one', async () => {
    const message = await outbound('PENDING');
    await lateAck(message, 463);
    expect(await get(message)).toMatchObject({ status: 'FAILED', failureCode: 'ACCOUNT_RESTRICTED' });
    const [row] = await app.db.query<{ locked: boolean }>(
      'select reachout_locked_until > $2 as locked from device where id = $1',
      [connection.live.device.id, at(1)],
    );
    expect(row?.locked).toBe(true);
  });

  test('is no news for a message that was delivered', async () => {
    const message = await outbound('DELIVERED');
    await lateAck(message, 479);
    expect((await get(message)).status).toBe('DELIVERED');
  });
});

test('in whatever order receipts and ack arrive, the outcome is the same', async () => {
  const proofs = [
    { kind: 'SENT', second: 1 },
    { kind: 'DELIVERED', second: 2 },
    { kind: 'READ', second: 4 },
    { kind: 'PLAYED', second: 7 },
  ] as const;
  const orders = fc.shuffledSubarray([...proofs, ...proofs], { minLength: 1 });
  await fc.assert(
    fc.asyncProperty(orders, async (order) => {
      const message = await outbound('SENDING');
      for (const { kind, second } of order) {
        if (kind === 'SENT') await lateAck(message, null, second);
        else await receive(message, kind, second);
      }
      const highest = proofs.findLast((proof) => order.includes(proof));
      /** The earliest proof that stands for a step, or for one above it. */
      const since = (step: number) => {
        const proof = proofs.find((each, index) => index >= step && order.includes(each));
        return proof === undefined ? null : at(proof.second);
      };
      expect(await get(message)).toMatchObject({
        status: highest?.kind,
        sentAt: since(0),
        deliveredAt: since(1),
        readAt: since(2),
        playedAt: since(3),
        dueAt: null,
      });
      const told = await steps(message);
      const ranks = told.map((status) => proofs.findIndex((proof) => proof.kind === status));
      expect(ranks).toEqual([...new Set(ranks)].sort());
    }),
    { numRuns: 40 },
  );
});

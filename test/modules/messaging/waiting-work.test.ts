import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { newId } from '../../../src/kernel/ids.js';
import { WaitingWork } from '../../../src/modules/messaging/index.js';
import { createMessaging } from './fixture.js';
import type { Messaging, TestDevice, TestSession } from './fixture.js';

const NOTHING = { sends: false, unsettled: false, inbox: false, reads: false, files: false };
const EVERYTHING = { sends: true, unsettled: true, inbox: true, reads: true, files: true };

let app: Messaging;
let device: TestDevice;
let connection: TestSession;
let waiting: WaitingWork;

beforeAll(async () => {
  app = await createMessaging();
  waiting = new WaitingWork(app);
});
afterAll(() => app.close());
beforeEach(async () => {
  device = await app.seedDevice();
  connection = await app.openSession(device);
});

const send = () =>
  app.messages.accept(device.ctx, { deviceId: device.id, to: '6281200000001', text: 'hello' });

async function storeReceived(): Promise<void> {
  const parties = { senderPhone: '6281200000002', senderLid: null, recipientPhone: null, recipientLid: null };
  const envelope = { ...parties, pushName: null, verifiedName: null, sentAt: new Date(), caughtUp: false };
  const chat = '6281200000002@s.whatsapp.net';
  const row = { whatsappId: 'A1', chat, participant: null, fromMe: false, content: null, envelope };
  await app.database.write(device.ctx, (tx) => app.inbox.writeInbox(tx, connection.live, [row]));
}

/** A row of a message that is sent, as what people read or get files with names it. */
async function placeOfMessage(): Promise<readonly string[]> {
  const { message } = await send();
  await app.db.query('update message set due_at = null where id = $1', [message.id]);
  return [device.agencyId, device.subaccountId, device.id, message.id];
}

describe('what waits for a device', () => {
  test('is nothing when there is nothing', async () => {
    expect(await waiting.of(device.id)).toEqual(NOTHING);
    expect(await waiting.of(newId())).toEqual(NOTHING);
  });

  test('are messages that are due, and no others', async () => {
    const { message } = await send();
    expect(await waiting.of(device.id)).toEqual({ ...NOTHING, sends: true });
    await app.db.query(`update message set due_at = now() + interval '1 hour' where id = $1`, [message.id]);
    expect(await waiting.of(device.id)).toEqual(NOTHING);
  });

  test('are tries that nobody settled', async () => {
    await send();
    await app.outbox.claim(connection.live);
    expect(await waiting.of(device.id)).toMatchObject({ unsettled: true });
  });

  test('are received messages that are not applied', async () => {
    await storeReceived();
    expect(await waiting.of(device.id)).toEqual({ ...NOTHING, inbox: true });
    await app.inbound.applyDue(device.ctx, device.id);
    expect(await waiting.of(device.id)).toEqual(NOTHING);
  });

  test('are marks that WhatsApp has not been told', async () => {
    await app.db.query(
      `insert into read_mark (agency_id, subaccount_id, device_id, message_id, conversation_id, count)
       select $1, $2, $3, $4, conversation_id, 1 from message where id = $4`,
      await placeOfMessage(),
    );
    expect(await waiting.of(device.id)).toEqual({ ...NOTHING, reads: true });
  });

  test('are files that can be downloaded', async () => {
    await app.db.query(
      `insert into message_media (agency_id, subaccount_id, device_id, message_id, type, state, attempt_count, due_at)
       values ($1, $2, $3, $4, 'IMAGE', 'PENDING', 0, now())`,
      await placeOfMessage(),
    );
    expect(await waiting.of(device.id)).toEqual({ ...NOTHING, files: true });
  });

  test('is asked once for all that ask while another question is on its way', async () => {
    const answer = Promise.withResolvers<[]>();
    const callFunction = vi.fn().mockReturnValueOnce(answer.promise).mockResolvedValue([]);
    const asking = new WaitingWork({ clock: app.clock, database: { callFunction } });
    const answers = [asking.of('first')];
    for (const id of ['second', 'third']) {
      await nextTurn();
      answers.push(asking.of(id));
    }
    await nextTurn();
    answer.resolve([]);
    await Promise.all(answers);
    const asked = callFunction.mock.calls.map(([, , args]: unknown[]) => (args as unknown[])[0]);
    expect(asked).toEqual([['first'], ['second', 'third']]);
  });

  test('is taken for everything when the database does not say', async () => {
    const away = new WaitingWork({
      clock: app.clock,
      database: { callFunction: vi.fn().mockRejectedValueOnce(new Error('away')).mockResolvedValue([]) },
    });
    expect(await away.of(device.id)).toEqual(EVERYTHING);
    expect(await away.of(device.id)).toEqual(NOTHING);
  });
});

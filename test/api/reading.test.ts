import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Phone } from '../../src/simulator/index.js';
import type { ApiClient } from '../support/api-client.js';
import { hire } from '../support/colleague.js';
import { eventually } from '../support/eventually.js';
import { seed } from '../support/seed.js';
import type { SeededDevice } from '../support/seeded-device.js';
import { startTestServer } from '../support/server.js';
import type { TestServer } from '../support/server.js';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

interface Chat {
  readonly customer: Phone;
  readonly conversationId: string;
  /** WhatsApp's ids of what the customer wrote. */
  readonly ids: readonly string[];
}

async function chatWith(device: SeededDevice, ...texts: readonly string[]): Promise<Chat> {
  const customer = server.simulator.createPhone();
  const { ids, conversationId } = await write(customer, device, ...texts);
  return { customer, conversationId, ids };
}

async function write(customer: Phone, device: SeededDevice, ...texts: readonly string[]) {
  const ids: string[] = [];
  for (const text of texts) ids.push((await customer.sendText(device.phone.number, text)).id);
  const { conversation } = await device.messageWith(texts.at(-1) ?? '');
  return { ids, conversationId: conversation.id };
}

const markRead = (api: ApiClient, { conversationId }: Pick<Chat, 'conversationId'>): Promise<unknown> =>
  api.mutate('markConversationRead', { conversationId }, 'conversation { unreadCount }');

/** What the customer sees as read, in any order. */
const seenAsRead = ({ customer }: Chat): string[] =>
  [...new Set(customer.receipts.filter(({ type }) => type === 'read').map(({ id }) => id))].sort();

async function unread(api: ApiClient, { conversationId }: Chat): Promise<unknown> {
  const query = 'query ($id: ID!) { conversation(id: $id) { unreadCount myUnreadCount } }';
  return (await api.ask<{ conversation: unknown }>(query, { id: conversationId })).conversation;
}

const newDevice = async (): Promise<SeededDevice> =>
  seed(server).agency().subaccount().device({ connected: true });
const tellReads = (device: SeededDevice, sendReadReceipts = true): Promise<void> =>
  device.do('updateDevice', { sendReadReceipts });

describe('what is read here', () => {
  it('is shown to who wrote it where the device is set so, and to nobody before', async () => {
    const device = await newDevice();
    expect(await device.read('sendReadReceipts')).toEqual({ sendReadReceipts: false });
    const quiet = await chatWith(device, 'psst', 'psst!');
    await markRead(device.api, quiet);
    await tellReads(device);
    expect(await device.read('sendReadReceipts')).toEqual({ sendReadReceipts: true });
    const chat = await chatWith(device, 'one', 'two');
    const other = await chatWith(device, 'nobody looks at this');
    await markRead(device.api, chat);
    await eventually(() => seenAsRead(chat)).toEqual(chat.ids.toSorted());
    const { ids } = await write(quiet.customer, device, 'psst again');
    await markRead(device.api, quiet);
    await eventually(() => seenAsRead(quiet)).toEqual(ids);
    expect(seenAsRead(other)).toEqual([]);
  });

  it('is shown when the device is connected again, also after a restart of the server', async () => {
    const device = await newDevice();
    await tellReads(device);
    const chat = await chatWith(device, 'are you there?');
    await device.suspend();
    await markRead(device.api, chat);
    await server.restart();
    expect(seenAsRead(chat)).toEqual([]);
    await device.do('resumeDevice');
    await eventually(() => seenAsRead(chat)).toEqual(chat.ids);
  });

  it('is not shown any more when the device wants that no longer', async () => {
    const device = await newDevice();
    await tellReads(device);
    const chat = await chatWith(device, 'seen?');
    await device.suspend();
    await markRead(device.api, chat);
    await tellReads(device, false);
    await device.do('resumeDevice');
    await device.becomes('CONNECTED');
    const { ids } = await write(chat.customer, device, 'and this?');
    await tellReads(device);
    await markRead(device.api, chat);
    await eventually(() => seenAsRead(chat)).toEqual(ids);
  });
});

describe('what the owner reads on the phone', () => {
  it('is read for everybody here, and what comes later is not', async () => {
    const device = await newDevice();
    const [ann, bob] = [await hire(device.subaccount), await hire(device.subaccount)];
    const chat = await chatWith(device, 'one', 'two');
    const other = await chatWith(device, 'three');
    await markRead(ann.api, chat);
    expect(await unread(bob.api, chat)).toEqual({ unreadCount: 0, myUnreadCount: 2 });
    expect(device.phone.readChat(chat.customer.number)).toEqual(chat.ids);
    await eventually(() => unread(bob.api, chat)).toEqual({ unreadCount: 0, myUnreadCount: 0 });
    expect(await unread(ann.api, other)).toEqual({ unreadCount: 1, myUnreadCount: 1 });
    await write(chat.customer, device, 'four');
    expect(await unread(ann.api, chat)).toEqual({ unreadCount: 1, myUnreadCount: 1 });
    expect(await unread(bob.api, chat)).toEqual({ unreadCount: 1, myUnreadCount: 1 });
  });

  it('is known after a time without connection, with the messages that it was', async () => {
    const device = await newDevice();
    const ann = await hire(device.subaccount);
    const chat = await chatWith(device, 'before');
    await device.suspend();
    // Many, so that the receipt is there before all of them are applied.
    for (let n = 0; n < 50; n += 1) await chat.customer.sendText(device.phone.number, `meanwhile ${n}`);
    device.phone.readChat(chat.customer.number);
    await chat.customer.sendText(device.phone.number, 'after');
    await device.do('resumeDevice');
    await device.messageWith('after');
    await eventually(() => unread(ann.api, chat)).toEqual({ unreadCount: 1, myUnreadCount: 1 });
  });

  it('never makes read messages unread', async () => {
    const device = await newDevice();
    const ann = await hire(device.subaccount);
    const chat = await chatWith(device, 'one');
    server.simulator.faults.add({
      point: 'receipt',
      match: { number: device.phone.number },
      times: 2,
      action: { kind: 'delay', ms: 1_500 },
    });
    device.phone.readChat(chat.customer.number);
    await write(chat.customer, device, 'two');
    await markRead(ann.api, chat);
    const other = await chatWith(device, 'to know when the late receipt was there');
    device.phone.readChat(other.customer.number);
    await eventually(() => unread(ann.api, other)).toEqual({ unreadCount: 0, myUnreadCount: 0 });
    expect(await unread(ann.api, chat)).toEqual({ unreadCount: 0, myUnreadCount: 0 });
  });
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Phone } from '../../src/simulator/index.js';
import { eventually } from '../support/eventually.js';
import { cursorOf, seed } from '../support/seed.js';
import type { SeededDevice } from '../support/seeded-device.js';
import { startTestServer } from '../support/server.js';
import type { TestServer } from '../support/server.js';

let server: TestServer;
let device: SeededDevice;
beforeAll(async () => {
  server = await startTestServer();
  device = await seed(server).agency().subaccount().device({ connected: true });
});
afterAll(() => server.stop());

const newCustomer = (name = 'Ayu'): Phone => server.simulator.createPhone({ name });

interface StatusChange {
  readonly previous: string;
  readonly status: string;
  readonly message: { readonly id: string; readonly sentAt: string | null; readonly readAt: string | null };
}

const STATUS_CHANGED = `subscription ($subaccountId: ID!, $after: EventCursor) {
  messageStatusChanged(subaccountId: $subaccountId, after: $after) { previous status message { id sentAt readAt } } }`;
const RECEIVED = `subscription ($subaccountId: ID!, $after: EventCursor) {
  messageReceived(subaccountId: $subaccountId, after: $after) { message { id text } } }`;

describe('the main job', () => {
  it('sends a text and tells of every step until it was read', async () => {
    const customer = newCustomer();
    const { subaccount } = device;
    const after = await cursorOf(subaccount);
    const changes = subaccount.api.follow<StatusChange>('messageStatusChanged', STATUS_CHANGED, {
      subaccountId: subaccount.id,
      after,
    });
    const accepted = await device.send({ to: `+${customer.number}`, text: 'Your order is ready' });
    expect(accepted).toMatchObject({ direction: 'OUTBOUND', kind: 'TEXT', status: 'PENDING', failure: null });

    await changes.first(({ message, status }) => message.id === accepted.id && status === 'READ');
    const steps = changes.items.filter(({ message }) => message.id === accepted.id);
    expect(steps.map(({ previous, status }) => `${previous} → ${status}`)).toEqual([
      'PENDING → SENDING',
      'SENDING → SENT',
      'SENT → DELIVERED',
      'DELIVERED → READ',
    ]);
    changes.stop();

    const received = await customer.waitForMessage();
    expect(received).toMatchObject({ text: 'Your order is ready', id: accepted.whatsappId, copies: 1 });
    const sent = server.simulator.ledger.sent({ accountNumber: device.phone.number, to: customer.number });
    expect(sent.map(({ id }) => id)).toEqual([accepted.whatsappId]);
  });

  it("shows the customer's answer in the same conversation, live and in the list", async () => {
    const customer = newCustomer('Budi');
    const { subaccount } = device;
    const arrivals = subaccount.api.follow<{ message: { id: string; text: string } }>(
      'messageReceived',
      RECEIVED,
      {
        subaccountId: subaccount.id,
        after: await cursorOf(subaccount),
      },
    );
    const question = await device.send({ to: customer.number, text: 'Shall we deliver?' });
    await device.messageBecomes(question.id, 'DELIVERED');
    await customer.sendText(device.phone.number, 'Yes please');
    const { message } = await arrivals.first((each) => each.message.text === 'Yes please');
    arrivals.stop();

    const answer = await device.message(message.id);
    expect(answer).toMatchObject({ direction: 'INBOUND', status: 'RECEIVED', kind: 'TEXT' });
    expect(answer.conversation).toMatchObject({
      id: question.conversation.id,
      kind: 'DIRECT',
      contact: { name: 'Budi', phoneNumber: customer.number },
    });
    const query = `query ($id: ID!) {
      conversation(id: $id) { unreadCount messages(first: 10) { nodes { text direction } } } }`;
    expect(await subaccount.api.ask(query, { id: question.conversation.id })).toEqual({
      conversation: {
        unreadCount: 1,
        messages: {
          nodes: [
            { text: 'Yes please', direction: 'INBOUND' },
            { text: 'Shall we deliver?', direction: 'OUTBOUND' },
          ],
        },
      },
    });
  });

  it('knows a person by number and by LID as one contact', async () => {
    const customer = newCustomer('Citra');
    await customer.sendText(device.phone.number, 'from my number');
    await customer.sendText(device.phone.number, 'from my LID', { addressing: 'lid' });
    const byNumber = await device.messageWith('from my number');
    const byLid = await device.messageWith('from my LID');
    expect(byLid.conversation).toEqual(byNumber.conversation);
    expect(byLid.conversation.contact?.phoneNumber).toBe(customer.number);

    const reply = await device.send({ to: customer.number, text: 'one person' });
    expect(reply.conversation.id).toBe(byNumber.conversation.id);
    await customer.waitForMessage(({ text }) => text === 'one person', 10_000);
  });

  it('shows what the owner answers on the phone itself as outbound', async () => {
    const customer = newCustomer('Dewi');
    await customer.sendText(device.phone.number, 'anybody there?');
    const question = await device.messageWith('anybody there?');
    await device.phone.typeOnPhone(customer.number, 'typed by hand');
    const answer = await device.messageWith('typed by hand');
    expect(answer).toMatchObject({ direction: 'OUTBOUND', status: 'SENT', failure: null });
    expect(answer.conversation.id).toBe(question.conversation.id);
    expect(server.simulator.ledger.sent({ to: customer.number })).toEqual([]);
  });

  it('fails openly when the number has no WhatsApp', async () => {
    const { id } = await device.send({ to: '6281200009999', text: 'nobody' });
    const failed = await device.messageBecomes(id, 'FAILED');
    expect(failed.failure).toMatchObject({ code: 'RECIPIENT_NOT_ON_WHATSAPP' });
    expect(server.simulator.ledger.attempts({ id: failed.whatsappId ?? '' })).toEqual([]);
  });

  it('keeps the order of messages to one person', async () => {
    const customer = newCustomer();
    const texts = Array.from({ length: 8 }, (_, index) => `part ${String(index + 1)}`);
    for (const text of texts) await device.send({ to: customer.number, text });
    await customer.waitForMessage(({ text }) => text === texts.at(-1));
    expect(customer.inbox.map(({ text }) => text)).toEqual(texts);
  });
});

describe('what a real number receives beside chats', () => {
  it('stores what is said in a group, with its author', async () => {
    const member = newCustomer('Eka');
    const group = server.simulator.createGroup('Neighbours', [member, device.phone]);
    await member.sendGroupText(group.jid, 'hello all');
    const message = await device.messageWith('hello all');
    expect(message).toMatchObject({ direction: 'INBOUND', kind: 'TEXT', author: member.number });
    expect(message.conversation).toMatchObject({ kind: 'GROUP', contact: null });
    expect(
      await device.api.mutationRefusal('sendMessage', { deviceId: device.id, to: group.jid, text: 'hi' }),
    ).toMatchObject({ reason: 'INVALID_PHONE' });
  });

  it('ignores status posts, channels and calls', async () => {
    const quiet = await seed(server).agency().subaccount().device({ connected: true });
    const { number } = quiet.phone;
    const customer = newCustomer();
    await customer.sendStatus(number, 'look at my day');
    await customer.sendNewsletter(number, '120363000000000001@newsletter', 'news of the day');
    customer.call(number).hangUp();
    await customer.sendText(number, 'a real message');
    await quiet.messageWith('a real message');
    expect((await quiet.messages()).map(({ text }) => text)).toEqual(['a real message']);
    const lists = 'conversations { nodes { kind } } messages { nodes { id } }';
    const { conversations } = await quiet.read<{ conversations: { nodes: unknown[] } }>(lists);
    expect(conversations.nodes).toEqual([{ kind: 'DIRECT' }]);
  });
});

it('left nothing for WhatsApp to complain about', async () => {
  const { ledger, problems, unknownIqs } = server.simulator;
  expect({ problems, unknownIqs, reused: ledger.reusedKeys(), double: ledger.doubleConnections() }).toEqual({
    problems: [],
    unknownIqs: [],
    reused: [],
    double: [],
  });
  await eventually(() => device.status()).toBe('CONNECTED');
});

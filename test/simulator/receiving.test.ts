import { afterAll, beforeAll, expect, test } from 'vitest';
import type { WAMessage } from '@whiskeysockets/baileys';
import { Fixture } from './fixture.js';
import type { StockClient } from './stock-client.js';

let fixture: Fixture;
let client: StockClient;

beforeAll(async () => {
  fixture = await Fixture.start({ seed: 'receiving' });
  ({ client } = await fixture.paired());
});

afterAll(() => fixture.close());

function arrival(id: string): Promise<{ message: WAMessage; type: string }> {
  return client.until(
    () => client.received.find(({ message }) => message.key.id === id && !!message.message),
    'it',
  );
}

test('a message addressed by LID carries the number as the other address', async () => {
  const { owner, customer } = fixture;
  const { id } = await customer.sendText(owner.number, 'by LID', { addressing: 'lid' });
  const { message } = await arrival(id);
  expect(message.key.remoteJid).toBe(`${customer.lid}@lid`);
  expect(message.key.remoteJidAlt).toBe(`${customer.number}@s.whatsapp.net`);
});

test('a text sent to a LID reaches the same phone', async () => {
  const { customer } = fixture;
  const id = await client.sendText(`${customer.lid}@lid`, 'to your LID');
  const received = await customer.waitForMessage((message) => message.id === id);
  expect(received.text).toBe('to your LID');
  const update = await client.status(id, 4);
  expect(update.key.remoteJid).toBe(`${customer.lid}@lid`);
});

test('what the owner types on the phone arrives as sent by the account', async () => {
  const { owner, customer } = fixture;
  const { id } = await owner.typeOnPhone(customer.number, 'typed by hand');
  const { message } = await arrival(id);
  expect(message.key).toMatchObject({ fromMe: true, remoteJid: `${customer.number}@s.whatsapp.net` });
  expect(message.message?.conversation).toBe('typed by hand');
  expect(customer.inbox.at(-1)?.text).toBe('typed by hand');
});

test('a business contact is shown with its verified name, a private one without', async () => {
  const shop = fixture.simulator.createPhone({ verifiedName: 'Corner Shop' });
  const { id } = await shop.sendText(fixture.owner.number, 'offer of the day');
  expect((await arrival(id)).message.verifiedBizName).toBe('Corner Shop');
  const profile = await client.socket.getBusinessProfile(`${shop.number}@s.whatsapp.net`);
  expect(profile?.description).toBe('Corner Shop');
  expect(await client.socket.getBusinessProfile(`${fixture.customer.number}@s.whatsapp.net`)).toBeUndefined();
});

test('every kind of message is delivered', async () => {
  const { owner, customer } = fixture;
  const first = await customer.sendText(owner.number, 'the first');
  const sent = {
    reactionMessage: await customer.sendReaction(owner.number, { id: first.id, own: true }, '👍'),
    locationMessage: await customer.sendLocation(owner.number, -6.2, 106.8, 'Monas'),
    contactMessage: await customer.sendContact(owner.number, 'A Friend', '628111111111'),
    pollCreationMessageV3: await customer.sendPoll(owner.number, 'Which?', ['this', 'that']),
  };
  for (const [kind, { id }] of Object.entries(sent)) {
    expect(Object.keys((await arrival(id)).message.message ?? {})).toContain(kind);
  }
});

test('an edit and a deletion are reported on the original message', async () => {
  const { owner, customer } = fixture;
  const { id } = await customer.sendText(owner.number, 'with a tpyo');
  await arrival(id);
  await customer.sendEdit(owner.number, id, 'with a typo');
  await client.until(
    () => client.messageUpdates.find((each) => each.key.id === id && each.update.message?.editedMessage),
    'the edit',
  );
  await customer.sendDeletion(owner.number, id);
  await client.until(
    () => client.messageUpdates.find((each) => each.key.id === id && each.update.message === null),
    'the deletion',
  );
});

test('status posts, channel posts and group messages arrive under their own addresses', async () => {
  const { owner, customer, simulator } = fixture;
  const status = await customer.sendStatus(owner.number, 'my day');
  expect((await arrival(status.id)).message.key.remoteJid).toBe('status@broadcast');
  const news = await customer.sendNewsletter(owner.number, '120363000000000001@newsletter', 'news');
  expect((await arrival(news.id)).message.key.remoteJid).toBe('120363000000000001@newsletter');
  const group = simulator.createGroup('Neighbours', [customer, owner]);
  for (const text of ['first in the group', 'second in the group']) {
    const { id } = await customer.sendGroupText(group.jid, text);
    const { message } = await arrival(id);
    expect(message.key).toMatchObject({
      remoteJid: group.jid,
      participant: `${customer.number}@s.whatsapp.net`,
    });
    expect(message.message?.conversation).toBe(text);
  }
  expect((await client.socket.groupMetadata(group.jid)).subject).toBe('Neighbours');
});

test('a call rings and ends', async () => {
  const call = fixture.customer.call(fixture.owner.number);
  const statusOf = (status: string): Promise<unknown> =>
    client.until(
      () =>
        client.events.find(({ name, data }) => {
          const [first] = name === 'call' ? (data as { id: string; status: string }[]) : [];
          return first?.id === call.id && first.status === status;
        }),
      `the call to ${status}`,
    );
  await statusOf('offer');
  call.hangUp();
  await statusOf('terminate');
});

test('typing is seen in both directions', async () => {
  const { owner, customer } = fixture;
  await client.socket.sendPresenceUpdate('composing', `${customer.number}@s.whatsapp.net`);
  await fixture.simulator.ledger.waitFor(
    (entry) => entry.tag === 'chatstate' && entry.to === customer.number,
  );
  expect(customer.observed.at(-1)).toMatchObject({ from: owner.number, state: 'composing' });
  customer.setTyping(owner.number, true);
  await client.until(
    () =>
      client.events.some(
        ({ name, data }) => name === 'presence.update' && JSON.stringify(data).includes('composing'),
      ),
    'typing',
  );
});

test('numbers without an account are not on WhatsApp', async () => {
  const found = await client.socket.onWhatsApp(fixture.customer.number, '628119999999');
  expect(found).toEqual([{ jid: `${fixture.customer.number}@s.whatsapp.net`, exists: true }]);
});

test('the client reads a message and the phone learns it', async () => {
  const { owner, customer } = fixture;
  const { id } = await customer.sendText(owner.number, 'please read');
  const { message } = await arrival(id);
  await client.socket.readMessages([message.key]);
  await fixture.simulator.ledger.waitFor(
    (entry) => entry.tag === 'receipt' && entry.id === id && entry.type === 'read',
  );
  expect(customer.receipts.some((receipt) => receipt.id === id && receipt.type === 'read')).toBe(true);
});

test('nothing went wrong inside', () => {
  expect(fixture.simulator.unknownIqs).toEqual([]);
  expect(fixture.simulator.problems).toEqual([]);
});

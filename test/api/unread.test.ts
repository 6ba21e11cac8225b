import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Phone } from '../../src/simulator/index.js';
import type { ApiClient } from '../support/api-client.js';
import { createColleague, hire } from '../support/colleague.js';
import { eventually } from '../support/eventually.js';
import { RowCounts } from '../support/row-counts.js';
import { seed } from '../support/seed.js';
import type { SeededSubaccount } from '../support/seed.js';
import type { SeededDevice } from '../support/seeded-device.js';
import { startTestServer } from '../support/server.js';
import type { TestServer } from '../support/server.js';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

interface Chat {
  readonly id: string;
  readonly contactId: string;
  readonly customer: Phone;
}

async function chatOn(device: SeededDevice, ...texts: readonly string[]): Promise<Chat> {
  const customer = server.simulator.createPhone();
  for (const text of texts) await customer.sendText(device.phone.number, text);
  const { conversation } = await device.messageWith(texts.at(-1) ?? '');
  return { id: conversation.id, contactId: conversation.contact?.id ?? '', customer };
}

async function write({ customer }: Chat, device: SeededDevice, text: string): Promise<void> {
  await customer.sendText(device.phone.number, text);
  await device.messageWith(text);
}

const QUERY = `query ($id: ID!) { subaccount(id: $id) {
  conversationCount(filter: { unreadByMe: true })
  conversations(filter: { unreadByMe: true }) { nodes { id myUnreadCount } } } }`;

/** How much is unread for the caller in each conversation, the newest first; the count must agree. */
async function unread(api: ApiClient, { id }: SeededSubaccount): Promise<[string, number][]> {
  const { subaccount } = await api.ask<{
    subaccount: {
      conversationCount: number;
      conversations: { nodes: { id: string; myUnreadCount: number }[] };
    };
  }>(QUERY, { id });
  const { nodes } = subaccount.conversations;
  expect(subaccount.conversationCount).toBe(nodes.length);
  return nodes.map((node) => [node.id, node.myUnreadCount]);
}

const mark = (api: ApiClient, what: 'Read' | 'Unread', { id }: Chat): Promise<unknown> =>
  api.mutate(`markConversation${what}`, { conversationId: id }, '__typename');

const newDevice = async (): Promise<SeededDevice> =>
  seed(server).agency().subaccount().device({ connected: true });

describe('what is unread for a member', () => {
  it('is listed until they have read it, and again when something comes or they say so', async () => {
    const device = await newDevice();
    const place = device.subaccount;
    const [ann, bob] = [await hire(place), await hire(place)];
    const first = await chatOn(device, 'one', 'two');
    const second = await chatOn(device, 'three');
    expect((await unread(ann.api, place)).toSorted()).toEqual(
      [
        [second.id, 1],
        [first.id, 2],
      ].toSorted(),
    );
    await mark(ann.api, 'Read', first);
    await mark(ann.api, 'Read', second);
    await mark(ann.api, 'Read', second);
    expect(await unread(ann.api, place)).toEqual([]);
    await write(first, device, 'four');
    expect(await unread(ann.api, place)).toEqual([[first.id, 1]]);
    await mark(ann.api, 'Unread', second);
    await mark(ann.api, 'Unread', second);
    expect((await unread(ann.api, place)).toSorted()).toEqual(
      [
        [first.id, 1],
        [second.id, 1],
      ].toSorted(),
    );
    // Marking as unread takes nothing away from what is.
    await mark(bob.api, 'Unread', first);
    // WhatsApp's times are whole seconds: which of the two is the newer one depends on when this runs.
    expect((await unread(bob.api, place)).toSorted()).toEqual(
      [
        [first.id, 3],
        [second.id, 1],
      ].toSorted(),
    );
  });

  it('is not what is sent', async () => {
    const device = await newDevice();
    const { subaccount: place } = device;
    const ann = await hire(place);
    const chat = await chatOn(device, 'hello');
    await mark(ann.api, 'Read', chat);
    const { id } = await device.send({ to: chat.customer.number, text: 'welcome' });
    await device.messageBecomes(id, 'DELIVERED');
    expect(await unread(ann.api, place)).toEqual([]);
  });

  it('is what came since they work there', async () => {
    const agency = seed(server).agency();
    const elsewhere = await agency.subaccount();
    const device = await agency.subaccount().device({ connected: true });
    const { subaccount: place } = device;
    const chat = await chatOn(device, 'one', 'two');
    const late = await hire(place);
    const admin = await createColleague(place.agency, 'AGENCY_ADMIN');
    const other = await hire(elsewhere);
    expect(await unread(late.api, place)).toEqual([]);
    await write(chat, device, 'three');
    expect(await unread(late.api, place)).toEqual([[chat.id, 1]]);
    expect(await unread(admin.api, place)).toEqual([[chat.id, 1]]);
    const input = { userId: other.id, role: 'AGENT', subaccountIds: [elsewhere.id, place.id] };
    await place.agency.api.mutate('updateUser', input, '__typename');
    expect(await unread(other.api, place)).toEqual([]);
    await write(chat, device, 'four');
    expect(await unread(other.api, place)).toEqual([[chat.id, 1]]);
    expect(await unread(late.api, place)).toEqual([[chat.id, 2]]);
  });

  it('goes with a conversation that becomes part of another', async () => {
    const device = await newDevice();
    const { subaccount: place } = device;
    const [ann, bob] = [await hire(place), await hire(place)];
    const stays = await chatOn(device, 'one', 'two');
    const goes = await chatOn(device, 'three', 'four', 'five');
    await mark(ann.api, 'Read', stays);
    await mark(bob.api, 'Read', goes);
    const late = await hire(place);
    await write(goes, device, 'six');
    const merge = { contactId: stays.contactId, mergeContactId: goes.contactId };
    await place.api.mutate('mergeContacts', merge, '__typename');
    expect(await unread(ann.api, place)).toEqual([[stays.id, 4]]);
    expect(await unread(bob.api, place)).toEqual([[stays.id, 3]]);
    expect(await unread(late.api, place)).toEqual([[stays.id, 1]]);
    for (const { api } of [ann, bob, late]) await mark(api, 'Read', stays);
    for (const { api } of [ann, bob, late]) expect(await unread(api, place)).toEqual([]);
    await using rows = await RowCounts.open(server);
    const before = await rows.of('unread_conversation');
    await write(stays, device, 'seven');
    expect(await unread(late.api, place)).toEqual([[stays.id, 1]]);
    expect(await rows.of('unread_conversation')).toBe(before + 3);
  });

  it('is forgotten when they leave', async () => {
    const device = await newDevice();
    const { subaccount: place } = device;
    await using rows = await RowCounts.open(server);
    const ann = await hire(place);
    const before = await rows.of('unread_conversation');
    await chatOn(device, 'one');
    expect(await rows.of('unread_conversation')).toBe(before + 2);
    await place.agency.api.mutate('removeUser', { userId: ann.id }, '__typename');
    await eventually(() => rows.of('unread_conversation')).toBe(before + 1);
    await chatOn(device, 'two');
    expect(await rows.of('unread_conversation')).toBe(before + 2);
  });
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ApiClient } from '../support/api-client.js';
import { hire } from '../support/colleague.js';
import { seed } from '../support/seed.js';
import { startTestServer } from '../support/server.js';
import type { TestServer } from '../support/server.js';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

const CONVERSATION = `query ($id: ID!) { conversation(id: $id) {
  labels unreadCount myUnreadCount notes { nodes { text mentionedUserIds } } messages { nodes { text } }
  contact { id tags notes { nodes { body } } } } }`;

interface Seen {
  readonly labels: readonly string[];
  readonly unreadCount: number;
  readonly myUnreadCount: number;
  readonly notes: {
    readonly nodes: readonly { readonly text: string; readonly mentionedUserIds: readonly string[] }[];
  };
  readonly messages: { readonly nodes: readonly { readonly text: string }[] };
  readonly contact: {
    readonly id: string;
    readonly tags: readonly string[];
    readonly notes: { readonly nodes: readonly { readonly body: string }[] };
  };
}

const see = async (api: ApiClient, id: string): Promise<Seen> =>
  (await api.ask<{ conversation: Seen }>(CONVERSATION, { id })).conversation;

describe('two contacts that become one', () => {
  it('keep labels, what each person has read, and notes, of the contact and of the conversation', async () => {
    const device = await seed(server).agency().subaccount().device({ connected: true });
    const { api } = device.subaccount;
    const [ann, bob] = [await hire(device.subaccount), await hire(device.subaccount)];
    const begin = async (texts: readonly string[], words: string) => {
      const phone = server.simulator.createPhone();
      for (const text of texts) await phone.sendText(device.phone.number, text);
      const { conversation } = await device.messageWith(texts.at(-1) ?? '');
      const [conversationId, contactId] = [conversation.id, conversation.contact?.id ?? ''];
      await api.mutate('labelConversation', { conversationId, add: ['both', words] }, '__typename');
      const note = { conversationId, text: `about ${words}`, mentionedUserIds: [bob.id] };
      await ann.api.mutate('createConversationNote', note, '__typename');
      await api.mutate('addContactTag', { contactId, tag: words }, '__typename');
      await api.mutate('addContactNote', { contactId, body: `likes ${words}` }, '__typename');
      return { phone, conversationId, contactId };
    };
    const stays = await begin(['one', 'two'], 'roofs');
    const goes = await begin(['three', 'four', 'five'], 'walls');
    await ann.api.mutate('markConversationRead', { conversationId: stays.conversationId }, '__typename');
    await bob.api.mutate('markConversationRead', { conversationId: goes.conversationId }, '__typename');
    await goes.phone.sendText(device.phone.number, 'six');
    await device.messageWith('six');
    const merge = { contactId: stays.contactId, mergeContactId: goes.contactId };
    await api.mutate('mergeContacts', merge, '__typename');

    const [annSees, bobSees] = [
      await see(ann.api, stays.conversationId),
      await see(bob.api, stays.conversationId),
    ];
    expect(annSees.labels).toEqual(['both', 'roofs', 'walls']);
    expect(annSees.messages.nodes.map(({ text }) => text).toSorted()).toEqual(
      ['one', 'two', 'three', 'four', 'five', 'six'].toSorted(),
    );
    // Of six, Ann has read two and Bob three; one is new to everybody.
    expect([annSees.myUnreadCount, bobSees.myUnreadCount, annSees.unreadCount]).toEqual([4, 3, 1]);
    expect(annSees.notes.nodes.toSorted((a, b) => a.text.localeCompare(b.text))).toEqual([
      { text: 'about roofs', mentionedUserIds: [bob.id] },
      { text: 'about walls', mentionedUserIds: [bob.id] },
    ]);
    expect(annSees.contact).toMatchObject({ id: stays.contactId, tags: ['roofs', 'walls'] });
    expect(annSees.contact.notes.nodes.map(({ body }) => body).toSorted()).toEqual([
      'likes roofs',
      'likes walls',
    ]);
    const gone = await api.ask(`query ($id: ID!) { node(id: $id) { id } }`, { id: goes.conversationId });
    expect(gone).toEqual({ node: null });
  });
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ApiClient } from '../support/api-client.js';
import { hire } from '../support/colleague.js';
import { cursorOf, seed } from '../support/seed.js';
import type { SeededSubaccount } from '../support/seed.js';
import type { SeededDevice } from '../support/seeded-device.js';
import { startTestServer } from '../support/server.js';
import type { TestServer } from '../support/server.js';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

/** Somebody wrote to the device. */
async function conversationOn(device: SeededDevice, text = 'hello'): Promise<string> {
  await server.simulator.createPhone().sendText(device.phone.number, text);
  return (await device.messageWith(text)).conversation.id;
}

interface Note {
  readonly id: string;
  readonly text: string;
  readonly authorId: string | null;
  readonly mentionedUserIds: readonly string[];
}

const NOTE = 'id text authorId mentionedUserIds';

async function write(api: ApiClient, input: Readonly<Record<string, unknown>>): Promise<Note> {
  const selection = `conversationNote { ${NOTE} }`;
  return (await api.mutate<{ conversationNote: Note }>('createConversationNote', input, selection))
    .conversationNote;
}

async function notesOf(api: ApiClient, id: string, args = ''): Promise<string[]> {
  const query = `query ($id: ID!) { conversation(id: $id) { notes${args} { nodes { text } } } }`;
  const { conversation } = await api.ask<{ conversation: { notes: { nodes: { text: string }[] } } }>(query, {
    id,
  });
  return conversation.notes.nodes.map(({ text }) => text);
}

describe('a note', () => {
  it('tells colleagues something, names them, and shows them the conversation', async () => {
    const device = await seed(server).agency().subaccount().device({ connected: true });
    const { subaccount: place } = device;
    const [ann, bob] = [await hire(place), await hire(place)];
    const conversationId = await conversationOn(device);
    const other = await conversationOn(device, 'another');
    await write(ann.api, { conversationId: other, text: 'not about you' });
    const news = bob.api.follow<{
      topic: string;
      mentionedUserIds: string[];
      conversationNoteId: string | null;
    }>(
      'conversationUpdated',
      `subscription ($id: ID!, $after: EventCursor) { conversationUpdated(subaccountId: $id, after: $after) {
        topic mentionedUserIds conversationNoteId } }`,
      { id: place.id, after: await cursorOf(place) },
    );
    const note = await write(ann.api, {
      conversationId,
      text: '  He wants a discount.\nGive 5 %.  ',
      mentionedUserIds: [bob.id, bob.id],
    });
    expect(note).toMatchObject({
      text: 'He wants a discount.\nGive 5 %.',
      authorId: ann.id,
      mentionedUserIds: [bob.id],
    });
    const told = await news.first(({ topic }) => topic === 'CONVERSATION_NOTE_CREATED');
    expect(told).toMatchObject({ mentionedUserIds: [bob.id], conversationNoteId: note.id });
    news.stop();
    const mine = `query ($id: ID!) { subaccount(id: $id) { conversations(filter: { mentionsMe: true }) { nodes { id } } } }`;
    const named = async (api: ApiClient): Promise<unknown> =>
      (await api.ask<{ subaccount: { conversations: unknown } }>(mine, { id: place.id })).subaccount
        .conversations;
    expect(await named(bob.api)).toEqual({ nodes: [{ id: conversationId }] });
    expect(await named(ann.api)).toEqual({ nodes: [] });
    await write(bob.api, { conversationId, text: 'Done.' });
    expect(await notesOf(ann.api, conversationId)).toEqual(['Done.', 'He wants a discount.\nGive 5 %.']);
    expect(await notesOf(ann.api, conversationId, '(first: 1)')).toEqual(['Done.']);
  });

  it('is written once for one idempotency key', async () => {
    const device = await seed(server).agency().subaccount().device({ connected: true });
    const conversationId = await conversationOn(device);
    const input = { conversationId, text: 'once', idempotencyKey: 'a note' };
    const [first, second] = await Promise.all([write(device.api, input), write(device.api, input)]);
    expect(second.id).toBe(first.id);
    expect(await notesOf(device.api, conversationId)).toEqual(['once']);
  });

  it('is deleted by who wrote it, or by who may delete all', async () => {
    const device = await seed(server).agency().subaccount().device({ connected: true });
    const conversationId = await conversationOn(device);
    const [ann, bob] = [await hire(device.subaccount), await hire(device.subaccount)];
    const [own, others] = [
      await write(ann.api, { conversationId, text: 'mine' }),
      await write(bob.api, { conversationId, text: 'his' }),
    ];
    expect(
      await ann.api.mutationRefusal('deleteConversationNote', { conversationNoteId: others.id }),
    ).toMatchObject({ reason: 'ACTION_NOT_ALLOWED' });
    await ann.api.mutate('deleteConversationNote', { conversationNoteId: own.id }, 'deletedId');
    await device.api.mutate('deleteConversationNote', { conversationNoteId: others.id }, 'deletedId');
    expect(await notesOf(device.api, conversationId)).toEqual([]);
  });

  it('is not for the token of a device, and names only who works for the subaccount', async () => {
    const device = await seed(server).agency().subaccount().device({ connected: true });
    const conversationId = await conversationOn(device);
    const token = device.api.as(device.token);
    const query = `query ($id: ID!) { conversation(id: $id) { notes { nodes { text } } } }`;
    expect(await token.refusal(query, { id: conversationId })).toMatchObject({
      reason: 'ACTION_NOT_ALLOWED',
    });
    const stranger = await hire(await seed(server).agency().subaccount());
    const input = { conversationId, text: 'you?', mentionedUserIds: [stranger.id] };
    expect(await device.api.mutationRefusal('createConversationNote', input)).toMatchObject({
      code: 'BAD_USER_INPUT',
      fields: ['input.mentionedUserIds'],
    });
  });
});

interface View {
  readonly id: string;
  readonly name: string;
  readonly isShared: boolean;
  readonly count: number;
  readonly conversations: { readonly nodes: readonly { readonly id: string }[] };
}

async function viewsOf(api: ApiClient, { id }: SeededSubaccount): Promise<readonly View[]> {
  const query = `query ($id: ID!) { subaccount(id: $id) { conversationViews { nodes {
    id name isShared count conversations { nodes { id } } } } } }`;
  return (await api.ask<{ subaccount: { conversationViews: { nodes: View[] } } }>(query, { id })).subaccount
    .conversationViews.nodes;
}

describe('a saved view', () => {
  it('keeps a filter for its owner alone, or for everybody', async () => {
    const device = await seed(server).agency().subaccount().device({ connected: true });
    const { subaccount: place } = device;
    const [ann, bob] = [await hire(place), await hire(place)];
    const mine = await conversationOn(device, 'mine');
    const free = await conversationOn(device, 'free');
    await ann.api.mutate(
      'updateConversation',
      { conversationId: mine, version: 1, assigneeId: ann.id },
      '__typename',
    );
    const save = (api: ApiClient, name: string, filter: object, isShared = false) =>
      api.mutate<{ conversationView: View }>(
        'createConversationView',
        { subaccountId: place.id, name, filter, isShared },
        'conversationView { id filter { status assigned label } }',
      );
    const { conversationView } = await save(ann.api, 'Mine', { assigned: 'ME', status: ['OPEN'] });
    expect(conversationView).toMatchObject({ filter: { status: ['OPEN'], assigned: 'ME', label: null } });
    await save(place.api, 'Free', { assigned: 'NOBODY' }, true);
    const shown = (views: readonly View[]): unknown =>
      views.map(({ name, isShared, count, conversations }) => [
        name,
        isShared,
        count,
        conversations.nodes.map(({ id }) => id),
      ]);
    expect(shown(await viewsOf(ann.api, place))).toEqual([
      ['Mine', false, 1, [mine]],
      ['Free', true, 1, [free]],
    ]);
    expect(shown(await viewsOf(bob.api, place))).toEqual([['Free', true, 1, [free]]]);
    for (const field of ['updateConversationView', 'deleteConversationView']) {
      expect(await bob.api.mutationRefusal(field, { conversationViewId: conversationView.id })).toMatchObject(
        { code: 'NOT_FOUND' },
      );
    }
    const changes = {
      conversationViewId: conversationView.id,
      name: 'Free ones',
      filter: { assigned: 'NOBODY' },
    };
    await ann.api.mutate('updateConversationView', changes, '__typename');
    expect(shown(await viewsOf(ann.api, place))).toContainEqual(['Free ones', false, 1, [free]]);
    await ann.api.mutate('deleteConversationView', { conversationViewId: conversationView.id }, 'deletedId');
    expect(await viewsOf(ann.api, place)).toHaveLength(1);
  });

  it('is shared only by who may', async () => {
    const place = await seed(server).agency().subaccount();
    const agent = await hire(place);
    const input = { subaccountId: place.id, name: 'All', filter: {}, isShared: true };
    expect(await agent.api.mutationRefusal('createConversationView', input)).toMatchObject({
      reason: 'ACTION_NOT_ALLOWED',
    });
    const { conversationView } = await place.api.mutate<{ conversationView: View }>(
      'createConversationView',
      input,
      'conversationView { id }',
    );
    expect(
      await agent.api.mutationRefusal('deleteConversationView', { conversationViewId: conversationView.id }),
    ).toMatchObject({ reason: 'ACTION_NOT_ALLOWED' });
  });
});

describe('counts', () => {
  it('say how many conversations each tab of an inbox has, by one operation', async () => {
    const device = await seed(server).agency().subaccount().device({ connected: true });
    const { subaccount: place } = device;
    const agent = await hire(place);
    const [first, second] = [await conversationOn(device, 'one'), await conversationOn(device, 'two')];
    await conversationOn(device, 'three');
    const decide = (conversationId: string, work: object): Promise<unknown> =>
      agent.api.mutate('updateConversation', { conversationId, version: 1, ...work }, '__typename');
    await decide(first, { status: 'CLOSED' });
    await decide(second, { assigneeId: agent.id });
    const query = `query ($id: ID!) { subaccount(id: $id) {
      all: conversationCount
      open: conversationCount(filter: { status: [OPEN] })
      mine: conversationCount(filter: { assigned: ME })
      unread: conversationCount(filter: { unreadByMe: true }) } }`;
    const { subaccount } = await agent.api.ask<{ subaccount: unknown }>(query, { id: place.id });
    expect(subaccount).toEqual({ all: 3, open: 2, mine: 1, unread: 3 });
  });
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Phone } from '../../src/simulator/index.js';
import type { ApiClient } from '../support/api-client.js';
import { hire } from '../support/colleague.js';
import { eventually } from '../support/eventually.js';
import { MovableClock } from '../support/movable-clock.js';
import { cursorOf, seed } from '../support/seed.js';
import type { SeededSubaccount } from '../support/seed.js';
import type { SeededDevice } from '../support/seeded-device.js';
import { startTestServer } from '../support/server.js';
import type { TestServer } from '../support/server.js';

interface Conversation {
  readonly id: string;
  readonly status: string;
  readonly snoozedUntil: string | null;
  readonly assigneeId: string | null;
  readonly labels: readonly string[];
  readonly version: number;
  readonly unreadCount: number;
  readonly myUnreadCount: number | null;
}

const CONVERSATION = 'id status snoozedUntil assigneeId labels version unreadCount myUnreadCount';
const HOUR_MS = 60 * 60_000;

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

/** Somebody wrote to the device. */
async function conversationOn(
  device: SeededDevice,
  text = 'hello',
): Promise<{ id: string; customer: Phone }> {
  const customer = device.subaccount.agency.server.simulator.createPhone();
  await customer.sendText(device.phone.number, text);
  const { conversation } = await device.messageWith(text);
  return { id: conversation.id, customer };
}

async function read(api: ApiClient, id: string): Promise<Conversation> {
  const query = `query ($id: ID!) { conversation(id: $id) { ${CONVERSATION} } }`;
  return (await api.ask<{ conversation: Conversation }>(query, { id })).conversation;
}

async function change(api: ApiClient, field: string, input: object): Promise<Conversation> {
  const selection = `conversation { ${CONVERSATION} }`;
  return (await api.mutate<{ conversation: Conversation }>(field, { ...input }, selection)).conversation;
}

async function list(api: ApiClient, { id }: SeededSubaccount, filter: object): Promise<string[]> {
  const query = `query ($id: ID!, $filter: ConversationFilter) {
    subaccount(id: $id) { conversations(filter: $filter) { nodes { id } } } }`;
  const answer = await api.ask<{ subaccount: { conversations: { nodes: { id: string }[] } } }>(query, {
    id,
    filter,
  });
  return answer.subaccount.conversations.nodes.map((node) => node.id);
}

describe('the status of a conversation', () => {
  it('is open at first, and a new message opens one that was closed, which its followers are told', async () => {
    const device = await seed(server).agency().subaccount().device({ connected: true });
    const { api, subaccount: place } = device;
    const { id, customer } = await conversationOn(device);
    expect(await read(api, id)).toMatchObject({ status: 'OPEN', version: 1 });
    const closed = await change(api, 'updateConversation', {
      conversationId: id,
      version: 1,
      status: 'CLOSED',
    });
    expect(closed).toMatchObject({ status: 'CLOSED', version: 2 });
    const news = api.follow<{ topic: string; changed: string[]; conversation: Conversation }>(
      'conversationUpdated',
      `subscription ($id: ID!, $conversationId: ID!, $after: EventCursor) {
        conversationUpdated(subaccountId: $id, conversationId: $conversationId, after: $after) {
          topic changed conversation { status version } } }`,
      { id: place.id, conversationId: id, after: await cursorOf(place) },
    );
    await customer.sendText(device.phone.number, 'one thing more');
    const told = await news.first(({ changed }) => changed.includes('STATUS'));
    expect(told).toEqual({
      topic: 'CONVERSATION_UPDATED',
      changed: ['STATUS'],
      conversation: { status: 'OPEN', version: 3 },
    });
    news.stop();
  });

  it('stays set aside when a new message comes, and what we write opens nothing', async () => {
    const device = await seed(server).agency().subaccount().device({ connected: true });
    const { id, customer } = await conversationOn(device);
    await change(device.api, 'updateConversation', { conversationId: id, version: 1, status: 'PENDING' });
    await customer.sendText(device.phone.number, 'are you there?');
    await device.messageWith('are you there?');
    expect(await read(device.api, id)).toMatchObject({ status: 'PENDING', version: 2, unreadCount: 2 });
    await change(device.api, 'updateConversation', { conversationId: id, version: 2, status: 'CLOSED' });
    const { id: messageId } = await device.send({ to: customer.number, text: 'bye' });
    await eventually(async () => (await device.message(messageId)).status).toMatch(
      /^(?:SENT|DELIVERED|READ)$/,
    );
    expect(await read(device.api, id)).toMatchObject({ status: 'CLOSED', version: 3 });
  });

  it.each([
    ['SNOOZED without a time', { status: 'SNOOZED' }],
    ['a time without SNOOZED', { status: 'OPEN', snoozedUntil: '2100-01-01T00:00:00Z' }],
    ['a time that is over', { status: 'SNOOZED', snoozedUntil: '2020-01-01T00:00:00Z' }],
  ])('refuses %s', async (_what, work) => {
    const device = await seed(server).agency().subaccount().device({ connected: true });
    const { id } = await conversationOn(device);
    expect(
      await device.api.mutationRefusal('updateConversation', { conversationId: id, version: 1, ...work }),
    ).toMatchObject({ code: 'BAD_USER_INPUT', fields: ['input.snoozedUntil'] });
  });
});

describe('several people at one conversation', () => {
  it('of two agents who take it at once one is told that the other was first', async () => {
    const device = await seed(server).agency().subaccount().device({ connected: true });
    const { id } = await conversationOn(device);
    const agents = await Promise.all([hire(device.subaccount), hire(device.subaccount)]);
    const take = `mutation ($input: UpdateConversationInput!) { updateConversation(input: $input) { conversation { assigneeId } } }`;
    const answers = await Promise.all(
      agents.map((agent) =>
        server.graphql(
          take,
          { input: { conversationId: id, version: 1, assigneeId: agent.id } },
          agent.api.token,
        ),
      ),
    );
    const refused = answers.flatMap(({ errors }) => errors);
    expect(refused.map(({ extensions }) => extensions)).toEqual([
      expect.objectContaining({ code: 'CONFLICT', reason: 'STALE_VERSION', currentVersion: 2 }),
    ]);
    const winner = agents[answers.findIndex(({ errors }) => errors.length === 0)];
    expect(await read(device.api, id)).toMatchObject({ assigneeId: winner?.id, version: 2 });
  });

  it('labels that two agents give at once are both there', async () => {
    const device = await seed(server).agency().subaccount().device({ connected: true });
    const { id } = await conversationOn(device);
    const agents = await Promise.all([hire(device.subaccount), hire(device.subaccount)]);
    await Promise.all(
      agents.map(({ api }, n) =>
        change(api, 'labelConversation', { conversationId: id, add: [`label ${n}`, 'both'] }),
      ),
    );
    const labelled = await read(device.api, id);
    expect(labelled).toMatchObject({ labels: ['both', 'label 0', 'label 1'], version: 3 });
    const input = { conversationId: id, add: ['both'], remove: ['label 0', 'both', 'never there'] };
    expect(await change(device.api, 'labelConversation', input)).toMatchObject({
      labels: ['both', 'label 1'],
      version: 4,
    });
    expect(await change(device.api, 'labelConversation', input)).toMatchObject({ version: 4 });
  });

  it('each has read what they read themselves', async () => {
    const device = await seed(server).agency().subaccount().device({ connected: true });
    const [ann, bob] = await Promise.all([hire(device.subaccount), hire(device.subaccount)]);
    const { id, customer } = await conversationOn(device);
    await customer.sendText(device.phone.number, 'hello?');
    await device.messageWith('hello?');
    expect(await read(ann.api, id)).toMatchObject({ unreadCount: 2, myUnreadCount: 2 });
    const answer = await change(ann.api, 'markConversationRead', { conversationId: id });
    expect(answer).toMatchObject({ unreadCount: 0, myUnreadCount: 0, version: 1 });
    expect(await read(bob.api, id)).toMatchObject({ unreadCount: 0, myUnreadCount: 2 });
    expect(await list(ann.api, device.subaccount, { unreadByMe: true })).toEqual([]);
    expect(await list(bob.api, device.subaccount, { unreadByMe: true })).toEqual([id]);
    expect(await read(device.api, id)).toMatchObject({ unreadCount: 0, myUnreadCount: null });
    await customer.sendText(device.phone.number, 'hello!!');
    await device.messageWith('hello!!');
    expect(await read(ann.api, id)).toMatchObject({ unreadCount: 1, myUnreadCount: 1 });
    expect(await read(bob.api, id)).toMatchObject({ unreadCount: 1, myUnreadCount: 3 });
    await change(ann.api, 'markConversationRead', { conversationId: id });
    expect(await change(ann.api, 'markConversationUnread', { conversationId: id })).toMatchObject({
      unreadCount: 1,
      myUnreadCount: 1,
    });
  });
});

describe('as time passes', () => {
  const clock = new MovableClock();
  let later: TestServer;
  beforeAll(async () => {
    later = await startTestServer({ clock });
  });
  afterAll(() => later.stop());

  it('a conversation is snoozed until its time comes, or until somebody writes', async () => {
    const device = await seed(later).agency().subaccount().device({ connected: true });
    const [early, late] = [await conversationOn(device, 'early'), await conversationOn(device, 'late')];
    const snoozedUntil = new Date(clock.now().getTime() + 2 * HOUR_MS).toISOString();
    for (const { id } of [early, late]) {
      const input = { conversationId: id, version: 1, status: 'SNOOZED', snoozedUntil };
      expect(await change(device.api, 'updateConversation', input)).toMatchObject({
        status: 'SNOOZED',
        snoozedUntil,
      });
    }
    await early.customer.sendText(device.phone.number, 'now already');
    await eventually(() => read(device.api, early.id)).toMatchObject({ status: 'OPEN', snoozedUntil: null });
    const { status } = await read(device.api, late.id);
    expect(status).toBe('SNOOZED');
    clock.advance(2 * HOUR_MS);
    await eventually(() => read(device.api, late.id)).toMatchObject({
      status: 'OPEN',
      snoozedUntil: null,
      version: 3,
    });
  });

  it('nothing is unread for somebody who came after the last message', async () => {
    const device = await seed(later).agency().subaccount().device({ connected: true });
    const { id } = await conversationOn(device);
    clock.advance(2 * 60_000);
    const late = await hire(device.subaccount);
    expect(await read(late.api, id)).toMatchObject({ unreadCount: 1, myUnreadCount: 0 });
    expect(await list(late.api, device.subaccount, { unreadByMe: true })).toEqual([]);
  });
});

describe('a list of conversations', () => {
  it('shows those that the filter asks for', async () => {
    const device = await seed(server).agency().subaccount().device({ connected: true });
    const place = device.subaccount;
    const agent = await hire(place);
    const [mine, labelled, closed] = [
      await conversationOn(device, 'mine'),
      await conversationOn(device, 'labelled'),
      await conversationOn(device, 'closed'),
    ];
    await change(agent.api, 'updateConversation', {
      conversationId: mine.id,
      version: 1,
      assigneeId: agent.id,
    });
    await change(agent.api, 'labelConversation', { conversationId: labelled.id, add: ['vip'] });
    await change(agent.api, 'updateConversation', {
      conversationId: closed.id,
      version: 1,
      status: 'CLOSED',
    });
    const { team } = await place.api.mutate<{ team: { id: string } }>(
      'createTeam',
      { subaccountId: place.id, name: 'Sales' },
      'team { id }',
    );
    await change(agent.api, 'updateConversation', { conversationId: mine.id, version: 2, teamId: team.id });
    const shows = (filter: object): Promise<string[]> => list(agent.api, place, filter);
    expect(await shows({ status: ['OPEN'] })).toEqual([labelled.id, mine.id]);
    expect(await shows({ status: ['CLOSED'] })).toEqual([closed.id]);
    expect(await shows({ assigned: 'ME' })).toEqual([mine.id]);
    expect(await shows({ assigneeId: agent.id })).toEqual([mine.id]);
    expect(await shows({ assigned: 'SOMEBODY' })).toEqual([mine.id]);
    expect(await shows({ assigned: 'NOBODY', status: ['OPEN'] })).toEqual([labelled.id]);
    expect(await shows({ teamId: team.id })).toEqual([mine.id]);
    expect(await shows({ label: 'vip' })).toEqual([labelled.id]);
    expect(await shows({ label: 'VIP' })).toEqual([]);
    const query = `query ($id: ID!) { subaccount(id: $id) { conversations(filter: { assigned: ME, unreadByMe: true }) { nodes { id } } } }`;
    expect(await place.api.refusal(query, { id: place.id })).toMatchObject({
      code: 'BAD_USER_INPUT',
      fields: ['filter.assigned', 'filter.unreadByMe'],
    });
  });
});

describe('who may do what', () => {
  it.each([
    ['VIEWER', false],
    ['AGENT', true],
    ['SUBACCOUNT_ADMIN', true],
  ])('%s', async (role, may) => {
    const device = await seed(server).agency().subaccount().device({ connected: true });
    const { id: conversationId } = await conversationOn(device);
    const { api } = await hire(device.subaccount, role);
    const inputs = {
      updateConversation: { conversationId, version: 1, status: 'PENDING' },
      labelConversation: { conversationId, add: ['vip'] },
      markConversationRead: { conversationId },
      markConversationUnread: { conversationId },
    };
    for (const [field, input] of Object.entries(inputs)) {
      if (may) await api.mutate(field, input, '__typename');
      else expect(await api.mutationRefusal(field, input)).toMatchObject({ reason: 'ACTION_NOT_ALLOWED' });
    }
  });

  it('a conversation is given only to those who work for the subaccount', async () => {
    const device = await seed(server).agency().subaccount().device({ connected: true });
    const { id } = await conversationOn(device);
    const elsewhere = await hire(await seed(server).agency().subaccount());
    const input = { conversationId: id, version: 1, assigneeId: elsewhere.id };
    expect(await device.api.mutationRefusal('updateConversation', input)).toMatchObject({
      code: 'BAD_USER_INPUT',
      fields: ['input.assigneeId'],
    });
  });
});

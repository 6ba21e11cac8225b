import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cursorOf, seed } from '../support/seed.js';
import type { SeededSubaccount } from '../support/seed.js';
import type { SeededDevice } from '../support/seeded-device.js';
import { startTestServer } from '../support/server.js';
import type { TestServer } from '../support/server.js';

let server: TestServer;
let device: SeededDevice;
let subaccount: SeededSubaccount;
let conversationId: string;
let number: string;
beforeAll(async () => {
  server = await startTestServer();
  device = await seed(server).agency().subaccount().device({ connected: true, label: 'Sales' });
  subaccount = device.subaccount;
  const customer = server.simulator.createPhone({ name: 'Ayu {{agent.email}}' });
  number = customer.number;
  await customer.sendText(device.phone.number, 'hello');
  conversationId = (await device.messageWith('hello')).conversation.id;
}, 60_000);
afterAll(() => server.stop());

async function create(shortcut: string, text: string): Promise<string> {
  const { cannedReply } = await subaccount.api.mutate<{ cannedReply: { id: string } }>(
    'createCannedReply',
    { subaccountId: subaccount.id, shortcut, text },
    'cannedReply { id }',
  );
  return cannedReply.id;
}

const RENDER = `query ($id: ID!, $conversation: ID!) {
  renderCannedReply(cannedReplyId: $id, conversationId: $conversation) { text missing } }`;

async function render(id: string, api = subaccount.api): Promise<{ text: string; missing: string[] }> {
  const answer = await api.ask<{ renderCannedReply: { text: string; missing: string[] } }>(RENDER, {
    id,
    conversation: conversationId,
  });
  return answer.renderCannedReply;
}

describe('a canned reply', () => {
  it('is rendered for a conversation, and what a name looks like changes nothing', async () => {
    const id = await create('greet', 'Hi {{contact.name}} ({{ contact.phone }}), this is {{device.label}}.');
    expect(await render(id)).toEqual({
      text: `Hi Ayu {{agent.email}} (${number}), this is Sales.`,
      missing: [],
    });
  });

  it('takes the fallback where a value is missing, and says which have neither', async () => {
    const id = await create('sign', '{{agent.email|Your team}} {{agent.email}}!');
    expect(await render(id)).toEqual({ text: 'Your team !', missing: ['agent.email'] });
  });

  it('knows the fields that a subaccount has of its contacts, and no others', async () => {
    const { id: subaccountId, api } = subaccount;
    const field = { subaccountId, key: 'city', label: 'City', type: 'TEXT' };
    await api.mutate('createContactField', field, '__typename');
    const id = await create('city', 'In {{contact.fields.city|your city}}: {{contact.fields.city}}');
    expect(await render(id)).toEqual({ text: 'In your city: ', missing: ['contact.fields.city'] });
    const fields = [{ key: 'city', value: 'Bandung {{contact.name}}' }];
    await api.mutate('upsertContact', { subaccountId, phoneNumber: number, fields }, '__typename');
    expect(await render(id)).toEqual({
      text: 'In Bandung {{contact.name}}: Bandung {{contact.name}}',
      missing: [],
    });
    const text = 'In {{contact.fields.town}}';
    for (const refused of [
      api.mutationRefusal('createCannedReply', { subaccountId, shortcut: 'town', text }),
      api.mutationRefusal('updateCannedReply', { cannedReplyId: id, text }),
    ]) {
      expect(await refused).toMatchObject({ code: 'BAD_USER_INPUT', fields: ['input.text'] });
    }
  });

  it('names the agent who asks', async () => {
    const { agency } = subaccount;
    const { sessionToken } = await agency.api.mutate<{ sessionToken: string }>(
      'logIn',
      { email: agency.ownerEmail, password: agency.ownerPassword },
      'sessionToken',
    );
    const id = await create('me', 'I am {{agent.email}}');
    expect(await render(id, agency.api.as(sessionToken))).toMatchObject({
      text: `I am ${agency.ownerEmail}`,
    });
  });

  it('can be listed, changed and deleted, and each change is told', async () => {
    const after = await cursorOf(subaccount);
    const id = await create('Bye', 'See you');
    const list = async (): Promise<{ id: string; shortcut: string; text: string }[]> => {
      const answer = await subaccount.api.ask<{
        subaccount: { cannedReplies: { nodes: { id: string; shortcut: string; text: string }[] } };
      }>('query ($id: ID!) { subaccount(id: $id) { cannedReplies { nodes { id shortcut text } } } }', {
        id: subaccount.id,
      });
      return answer.subaccount.cannedReplies.nodes;
    };
    expect(await list()).toContainEqual({ id, shortcut: 'bye', text: 'See you' });
    await subaccount.api.mutate(
      'updateCannedReply',
      { cannedReplyId: id, text: 'See you soon' },
      '__typename',
    );
    expect(await list()).toContainEqual({ id, shortcut: 'bye', text: 'See you soon' });
    await subaccount.api.mutate('deleteCannedReply', { cannedReplyId: id }, '__typename');
    expect((await list()).map((reply) => reply.id)).not.toContain(id);
    const { events } = await subaccount.api.ask<{ events: { events: { topic: string; nodeId: string }[] } }>(
      `query ($id: ID!, $after: EventCursor) { events(subaccountId: $id, after: $after) {
        events { topic ... on ObjectChanged { nodeId } } } }`,
      { id: subaccount.id, after },
    );
    expect(events.events.map(({ topic, nodeId }) => [topic, nodeId])).toEqual([
      ['CANNED_REPLY_CREATED', id],
      ['CANNED_REPLY_UPDATED', id],
      ['CANNED_REPLY_DELETED', id],
    ]);
  });

  it('has a shortcut that no other of the subaccount has, in whatever case', async () => {
    await create('taken', 'one');
    const other = await create('free', 'two');
    const input = { subaccountId: subaccount.id, shortcut: 'TAKEN', text: 'x' };
    expect(await subaccount.api.mutationRefusal('createCannedReply', input)).toMatchObject({
      code: 'CONFLICT',
      reason: 'SHORTCUT_TAKEN',
    });
    const change = { cannedReplyId: other, shortcut: 'taken' };
    expect(await subaccount.api.mutationRefusal('updateCannedReply', change)).toMatchObject({
      reason: 'SHORTCUT_TAKEN',
    });
  });

  it.each([
    [{ shortcut: 'a b' }, 'input.shortcut'],
    [{ shortcut: '' }, 'input.shortcut'],
    [{ text: '   ' }, 'input.text'],
    [{ text: 'x'.repeat(4_097) }, 'input.text'],
    [{ text: 'Hi {{contact.password}}' }, 'input.text'],
  ])('is refused with %j', async (wrong, path) => {
    const input = { subaccountId: subaccount.id, shortcut: 'fine', text: 'fine', ...wrong };
    expect(await subaccount.api.mutationRefusal('createCannedReply', input)).toMatchObject({
      code: 'BAD_USER_INPUT',
      fields: [path],
    });
  });
});

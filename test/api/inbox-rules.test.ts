import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Phone } from '../../src/simulator/index.js';
import { hire } from '../support/colleague.js';
import type { Colleague } from '../support/colleague.js';
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

const PATIENT = { timeout: 180_000 };
/** Inboxes are looked at every two seconds, by a machine that has other things to do. */
const eventually = <T>(probe: () => T | Promise<T>) => expect.poll(probe, { timeout: 60_000, interval: 50 });

interface Conversation {
  readonly id: string;
  readonly status: string;
  readonly assigneeId: string | null;
  readonly team: { readonly id: string } | null;
  readonly version: number;
  readonly handlings: {
    readonly nodes: readonly {
      readonly openedAt: string;
      readonly firstResponseAt: string | null;
      readonly responderId: string | null;
      readonly closedAt: string | null;
      readonly closerId: string | null;
    }[];
  };
}

async function read({ api }: SeededSubaccount, id: string): Promise<Conversation> {
  const query = `query ($id: ID!) { conversation(id: $id) { id status assigneeId team { id } version
    handlings { nodes { openedAt firstResponseAt responderId closedAt closerId } } } }`;
  return (await api.ask<{ conversation: Conversation }>(query, { id })).conversation;
}

async function configure({ id, api }: SeededSubaccount, version: number, settings: object): Promise<void> {
  const input = { subaccountId: id, version, ...settings };
  await api.mutate('updateInboxSettings', input, '__typename');
}

async function createTeam(
  { id, api }: SeededSubaccount,
  name: string,
  members: readonly Colleague[],
): Promise<string> {
  const input = { subaccountId: id, name, memberIds: members.map((member) => member.id) };
  return (await api.mutate<{ team: { id: string } }>('createTeam', input, 'team { id }')).team.id;
}

/** Somebody wrote to the device; resolves with the conversation. */
async function write(
  device: SeededDevice,
  text: string,
  customer = server.simulator.createPhone(),
): Promise<string> {
  await customer.sendText(device.phone.number, text);
  return (await device.messageWith(text)).conversation.id;
}

const assigneeOf = (place: SeededSubaccount, id: string) => async (): Promise<string | null> =>
  (await read(place, id)).assigneeId;

describe('conversations that nobody has', PATIENT, () => {
  it('go around among the agents, whoever else works there', async () => {
    const device = await seed(server).agency().subaccount().device({ connected: true });
    const place = device.subaccount;
    await hire(place, 'VIEWER');
    const agents = [await hire(place), await hire(place)];
    await configure(place, 0, { assignmentRules: [{ method: 'ROUND_ROBIN' }] });
    const given: (string | null)[] = [];
    for (const text of ['first', 'second', 'third', 'fourth']) {
      const id = await write(device, text);
      await eventually(assigneeOf(place, id)).not.toBeNull();
      given.push((await read(place, id)).assigneeId);
    }
    expect(new Set(given.slice(0, 2))).toEqual(new Set(agents.map(({ id }) => id)));
    expect(given.slice(2)).toEqual(given.slice(0, 2));
  });

  it('go to whoever has the fewest open ones', async () => {
    const device = await seed(server).agency().subaccount().device({ connected: true });
    const place = device.subaccount;
    const [busy, free] = [await hire(place), await hire(place)];
    const first = await write(device, 'first');
    const closed = await write(device, 'closed');
    const decide = (conversationId: string, work: object): Promise<unknown> =>
      place.api.mutate('updateConversation', { conversationId, version: 1, ...work }, '__typename');
    await decide(first, { assigneeId: busy.id });
    await decide(closed, { assigneeId: free.id, status: 'CLOSED' });
    await configure(place, 0, { assignmentRules: [{ method: 'LEAST_BUSY' }] });
    const second = await write(device, 'second');
    await eventually(assigneeOf(place, second)).toBe(free.id);
  });

  it('are given by device and by label, to a team and to some of it', async () => {
    const subaccount = seed(server).agency().subaccount();
    const sales = await subaccount.device({ connected: true });
    const support = await subaccount.device({ connected: true });
    const place = sales.subaccount;
    const [seller, helper, boss] = [await hire(place), await hire(place), await hire(place)];
    const helpers = await createTeam(place, 'Support', [helper]);
    await configure(place, 0, {
      assignmentRules: [
        { label: 'complaint', method: 'LEAST_BUSY', assigneeIds: [boss.id] },
        { deviceId: support.id, teamId: helpers, method: 'ROUND_ROBIN' },
        { deviceId: sales.id, method: 'BY_HAND' },
      ],
    });
    const asked = await write(support, 'it is broken');
    await eventually(assigneeOf(place, asked)).toBe(helper.id);
    expect((await read(place, asked)).team).toEqual({ id: helpers });
    const bought = await write(sales, 'how much?');
    await place.api.mutate('labelConversation', { conversationId: bought, add: ['complaint'] }, '__typename');
    await eventually(assigneeOf(place, bought)).toBe(boss.id);
    // Nothing takes away what somebody has.
    const mine = await write(sales, 'mine');
    const input = { conversationId: mine, version: 1, assigneeId: seller.id };
    await place.api.mutate('updateConversation', input, '__typename');
    await place.api.mutate('labelConversation', { conversationId: mine, add: ['complaint'] }, '__typename');
    const after = await write(support, 'is it?');
    await eventually(assigneeOf(place, after)).toBe(helper.id);
    expect((await read(place, mine)).assigneeId).toBe(seller.id);
  });
});

describe('an agent who leaves', PATIENT, () => {
  it('hands over: conversation, history and number stay, and the rules find somebody else', async () => {
    const device = await seed(server).agency().subaccount().device({ connected: true });
    const place = device.subaccount;
    const [leaver, stayer] = [await hire(place), await hire(place)];
    const customer = server.simulator.createPhone();
    const id = await write(device, 'hello', customer);
    const input = { conversationId: id, version: 1, assigneeId: leaver.id };
    await leaver.api.mutate('updateConversation', input, '__typename');
    const answer = await device.send({ to: customer.number, text: 'welcome' });
    await configure(place, 0, { assignmentRules: [{ method: 'ROUND_ROBIN' }] });
    await place.agency.api.mutate('removeUser', { userId: leaver.id }, '__typename');
    await eventually(assigneeOf(place, id)).toBe(stayer.id);
    const query = `query ($id: ID!) { conversation(id: $id) { device { id } messages(first: 5) { nodes { id text } } } }`;
    const { conversation } = await stayer.api.ask<{
      conversation: { device: { id: string }; messages: { nodes: { id: string; text: string }[] } };
    }>(query, { id });
    expect(conversation.device.id).toBe(device.id);
    expect(conversation.messages.nodes.map(({ text }) => text)).toEqual(['welcome', 'hello']);
    expect(conversation.messages.nodes[0]?.id).toBe(answer.id);
  });

  it('or goes on holiday, and gives what they have to a colleague', async () => {
    const device = await seed(server).agency().subaccount().device({ connected: true });
    const place = device.subaccount;
    const [away, colleague] = [await hire(place), await hire(place)];
    const ids = [await write(device, 'one'), await write(device, 'two')];
    for (const conversationId of ids) {
      const input = { conversationId, version: 1, assigneeId: away.id };
      await away.api.mutate('updateConversation', input, '__typename');
    }
    const input = { subaccountId: place.id, fromUserId: away.id, toUserId: colleague.id };
    expect(await away.api.mutate('handOverConversations', input, 'count hasMore')).toEqual({
      count: 2,
      hasMore: false,
    });
    for (const id of ids) expect((await read(place, id)).assigneeId).toBe(colleague.id);
    expect(
      await away.api.mutationRefusal('handOverConversations', { ...input, toUserId: away.id }),
    ).toMatchObject({ fields: ['input.toUserId'] });
    const stranger = await hire(await seed(server).agency().subaccount());
    expect(
      await colleague.api.mutationRefusal('handOverConversations', { ...input, toUserId: stranger.id }),
    ).toMatchObject({ fields: ['input.toUserId'] });
  });
});

/** Nobody is there for the next three days. */
const DAYS = ['SUNDAY', 'MONDAY', 'TUESDAY', 'WEDNESDAY', 'THURSDAY', 'FRIDAY', 'SATURDAY'];
const CLOSED = {
  workingHours: [{ day: DAYS[(new Date().getUTCDay() + 4) % 7], from: '09:00', until: '17:00' }],
};
const textsOn = (phone: Phone): string[] => phone.inbox.map(({ text }) => text);

describe('while nobody is there', PATIENT, () => {
  it('somebody who writes is told so once, and is still not answered', async () => {
    const device = await seed(server).agency().subaccount().device({ connected: true });
    const place = device.subaccount;
    await configure(place, 0, { ...CLOSED, awayMessage: 'We are back on Monday.' });
    const customer = server.simulator.createPhone();
    const id = await write(device, 'hello?', customer);
    await customer.waitForMessage(({ text }) => text === 'We are back on Monday.');
    await write(device, 'anybody?', customer);
    // What comes later is read later: when the other one is answered, this one was looked at.
    const other = server.simulator.createPhone();
    await write(device, 'me, too', other);
    await other.waitForMessage(({ text }) => text === 'We are back on Monday.');
    expect(textsOn(customer)).toEqual(['We are back on Monday.']);
    const { handlings } = await read(place, id);
    expect(handlings.nodes).toMatchObject([{ firstResponseAt: null }]);
  });

  it('everybody is told by their name, or what stands for one', async () => {
    const device = await seed(server).agency().subaccount().device({ connected: true });
    const place = device.subaccount;
    await configure(place, 0, { ...CLOSED, awayMessage: 'Dear {{contact.name|customer}}, we are closed.' });
    const known = server.simulator.createPhone();
    const input = { subaccountId: place.id, phoneNumber: `+${known.number}`, name: 'Ayu' };
    await place.api.mutate('upsertContact', input, '__typename');
    await write(device, 'hello?', known);
    await known.waitForMessage(() => true);
    expect(textsOn(known)).toEqual(['Dear Ayu, we are closed.']);
    const unknown = server.simulator.createPhone({ name: '' });
    await write(device, 'hello?', unknown);
    await unknown.waitForMessage(() => true);
    expect(textsOn(unknown)).toEqual(['Dear customer, we are closed.']);
  });

  it('somebody who does not want to hear from us is not told', async () => {
    const device = await seed(server).agency().subaccount().device({ connected: true });
    const place = device.subaccount;
    const customer = server.simulator.createPhone();
    await customer.sendText(device.phone.number, 'hello?');
    const { conversation } = await device.messageWith('hello?');
    await place.api.mutate('optOutContact', { contactId: conversation.contact?.id }, '__typename');
    await configure(place, 0, { ...CLOSED, awayMessage: 'We are back on Monday.' });
    await write(device, 'anybody?', customer);
    const other = server.simulator.createPhone();
    await write(device, 'me, too', other);
    await other.waitForMessage(({ text }) => text === 'We are back on Monday.');
    expect(textsOn(customer)).toEqual([]);
  });
});

describe('while nobody is there, no away message goes', PATIENT, () => {
  const AWAY = 'We are back on Monday.';

  /** What comes later is read later: when this one is answered, what came before was looked at. */
  async function everythingIsRead(device: SeededDevice): Promise<void> {
    const other = server.simulator.createPhone();
    await write(device, 'me, too', other);
    await other.waitForMessage(({ text }) => text === AWAY);
  }

  it('to who is blocked, and to groups', async () => {
    const device = await seed(server).agency().subaccount().device({ connected: true });
    const place = device.subaccount;
    const [customer, member] = [server.simulator.createPhone(), server.simulator.createPhone()];
    await customer.sendText(device.phone.number, 'hello?');
    const { conversation } = await device.messageWith('hello?');
    await place.api.mutate('blockContact', { contactId: conversation.contact?.id }, '__typename');
    await configure(place, 0, { ...CLOSED, awayMessage: AWAY });
    await write(device, 'anybody?', customer);
    const group = server.simulator.createGroup('Neighbours', [member, device.phone]);
    await member.sendGroupText(group.jid, 'hello all');
    await device.messageWith('hello all');
    await everythingIsRead(device);
    expect([...textsOn(customer), ...textsOn(member)]).toEqual([]);
  });

  it('to who wrote while the device was not connected', async () => {
    const device = await seed(server).agency().subaccount().device({ connected: true });
    await configure(device.subaccount, 0, { ...CLOSED, awayMessage: AWAY });
    await device.suspend();
    const customer = server.simulator.createPhone();
    await customer.sendText(device.phone.number, 'hello?');
    await device.do('resumeDevice');
    await device.messageWith('hello?');
    await everythingIsRead(device);
    expect(textsOn(customer)).toEqual([]);
  });
});

describe('how long people wait', PATIENT, () => {
  it('is from what they wrote to the first answer, and to the close', async () => {
    const device = await seed(server).agency().subaccount().device({ connected: true });
    const place = device.subaccount;
    const agent = await hire(place);
    const customer = server.simulator.createPhone();
    const id = await write(device, 'hello?', customer);
    await eventually(async () => (await read(place, id)).handlings.nodes.length).toBe(1);
    for (const text of ['welcome', 'how can I help?']) {
      await agent.api.mutate('sendMessage', { deviceId: device.id, to: customer.number, text }, '__typename');
    }
    const input = { conversationId: id, version: 1, status: 'CLOSED' };
    await agent.api.mutate('updateConversation', input, '__typename');
    await eventually(async () => (await read(place, id)).handlings.nodes[0]?.closedAt ?? null).not.toBeNull();
    const [handling] = (await read(place, id)).handlings.nodes;
    expect(handling).toMatchObject({ responderId: agent.id, closerId: agent.id });
    const waited = Date.parse(handling?.firstResponseAt ?? '') - Date.parse(handling?.openedAt ?? '');
    expect(waited).toBeGreaterThan(0);
    await write(device, 'one thing more', customer);
    await eventually(async () => (await read(place, id)).handlings.nodes.length).toBe(2);
    const query = `query ($id: ID!, $from: DateTime!, $to: DateTime!, $user: ID) { subaccount(id: $id) {
      responseTimes(from: $from, to: $to, responderId: $user) { openedCount
        firstResponse { count medianSeconds p90Seconds averageSeconds } resolution { count medianSeconds } } } }`;
    const from = new Date(Date.now() - 60 * 60_000).toISOString();
    const to = new Date(Date.now() + 60 * 60_000).toISOString();
    const times = async (user: string | null): Promise<unknown> =>
      (
        await place.api.ask<{ subaccount: { responseTimes: unknown } }>(query, {
          id: place.id,
          from,
          to,
          user,
        })
      ).subaccount.responseTimes;
    const seconds = waited / 1_000;
    expect(await times(null)).toMatchObject({
      openedCount: 2,
      firstResponse: { count: 1, medianSeconds: seconds, p90Seconds: seconds, averageSeconds: seconds },
      resolution: { count: 1 },
    });
    expect(await times(agent.id)).toMatchObject({ openedCount: 1 });
    expect(await place.api.refusal(query, { id: place.id, from: to, to: from })).toMatchObject({
      fields: ['to'],
    });
  });
});

describe('the settings of an inbox', PATIENT, () => {
  it('are kept, and nobody overwrites what they did not see', async () => {
    const place = await seed(server).agency().subaccount();
    const settings = {
      workingHours: [{ day: 'MONDAY', from: '09:00', until: '24:00' }],
      closedOn: ['2026-12-25'],
      awayMessage: 'Later.',
    };
    await configure(place, 0, settings);
    const stale = { subaccountId: place.id, version: 0, awayMessage: null };
    expect(await place.api.mutationRefusal('updateInboxSettings', stale)).toMatchObject({
      reason: 'STALE_VERSION',
    });
    await configure(place, 1, { awayMessage: null });
    const query = `query ($id: ID!) { subaccount(id: $id) { inboxSettings {
      workingHours { day from until } closedOn awayMessage assignmentRules { method } version } } }`;
    expect(await place.api.ask(query, { id: place.id })).toEqual({
      subaccount: { inboxSettings: { ...settings, awayMessage: null, assignmentRules: [], version: 2 } },
    });
  });

  it.each([
    ['workingHours.0.until', { workingHours: [{ day: 'MONDAY', from: '17:00', until: '09:00' }] }],
    ['workingHours.0.from', { workingHours: [{ day: 'MONDAY', from: '24:00', until: '24:00' }] }],
    ['awayMessage', { awayMessage: ' ' }],
    ['awayMessage', { awayMessage: 'Dear {{contact.nickname}}' }],
    ['awayMessage', { awayMessage: 'Dear {{contact.fields.title}}' }],
  ])('names %s as wrong', async (path, settings) => {
    const place = await seed(server).agency().subaccount();
    const input = { subaccountId: place.id, version: 0, ...settings };
    const { fields } = await place.api.mutationRefusal('updateInboxSettings', input);
    expect(fields).toContain(`input.${path}`);
  });
});

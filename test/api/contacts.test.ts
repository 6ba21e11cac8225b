import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ApiClient } from '../support/api-client.js';
import { cursorOf, seed } from '../support/seed.js';
import type { SeededSubaccount } from '../support/seed.js';
import { startTestServer } from '../support/server.js';
import type { TestServer } from '../support/server.js';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

interface Contact {
  readonly id: string;
  readonly name: string | null;
  readonly version: number;
  readonly tags: readonly string[];
}

const SHOWN = 'contact { id name version tags } created';
let numbers = 6281300000000;
const newNumber = (): string => String((numbers += 1));

async function upsert(
  { id: subaccountId, api }: SeededSubaccount,
  facts: Record<string, unknown> = {},
): Promise<Contact & { readonly created: boolean }> {
  const input = { subaccountId, phoneNumber: newNumber(), ...facts };
  const { contact, created } = await api.mutate<{ contact: Contact; created: boolean }>(
    'upsertContact',
    input,
    SHOWN,
  );
  return { ...contact, created };
}

async function topicsSince({ id, api }: SeededSubaccount, after: string): Promise<string[]> {
  const query = `query ($id: ID!, $after: EventCursor) {
    events(subaccountId: $id, after: $after) { events { topic } } }`;
  const { events } = await api.ask<{ events: { events: { topic: string }[] } }>(query, { id, after });
  return events.events.map(({ topic }) => topic).filter((topic) => topic.startsWith('CONTACT'));
}

async function listed({ id, api }: SeededSubaccount, filter: object): Promise<string[]> {
  const query = `query ($id: ID!, $filter: ContactFilter) {
    subaccount(id: $id) { contacts(filter: $filter) { nodes { id } } } }`;
  const { subaccount } = await api.ask<{ subaccount: { contacts: { nodes: { id: string }[] } } }>(query, {
    id,
    filter,
  });
  return subaccount.contacts.nodes.map((node) => node.id);
}

describe('a contact that people make', () => {
  it('is made by its number once, and changed the next time', async () => {
    const place = await seed(server).agency().subaccount();
    const cursor = await cursorOf(place);
    const first = await upsert(place, {
      phoneNumber: '+62 813-9999-0001',
      name: 'Ani',
      tags: ['vip', 'roof'],
    });
    const second = await upsert(place, { phoneNumber: '6281399990001', tags: ['roof', 'wall'] });
    const third = await upsert(place, { phoneNumber: '6281399990001', name: 'Ani', tags: ['wall'] });
    expect(first).toMatchObject({ created: true, name: 'Ani', tags: ['roof', 'vip'] });
    expect(second).toEqual({
      ...first,
      created: false,
      tags: ['roof', 'vip', 'wall'],
      version: first.version + 1,
    });
    expect(third).toEqual(second);
    expect(await topicsSince(place, cursor)).toEqual([
      'CONTACT_CREATED',
      'CONTACT_TAG_ADDED',
      'CONTACT_TAG_ADDED',
      'CONTACT_UPDATED',
      'CONTACT_TAG_ADDED',
    ]);
  });

  it('is one contact when twenty programs make it at once', async () => {
    const place = await seed(server).agency().subaccount();
    const phoneNumber = newNumber();
    const made = await Promise.all(
      Array.from({ length: 20 }, (_, index) => upsert(place, { phoneNumber, tags: [`tag ${index}`] })),
    );
    expect(made.filter(({ created }) => created)).toHaveLength(1);
    expect(new Set(made.map(({ id }) => id)).size).toBe(1);
    const now = await upsert(place, { phoneNumber });
    expect(now.tags).toHaveLength(20);
  });

  it('is not overwritten by somebody who saw an older one', async () => {
    const place = await seed(server).agency().subaccount();
    const { id: contactId, version } = await upsert(place, { tags: ['new'] });
    const { contact } = await place.api.mutate<{ contact: Contact }>(
      'updateContact',
      { contactId, version, name: 'Budi', tags: ['old'] },
      'contact { id name version tags }',
    );
    expect(contact).toEqual({ id: contactId, name: 'Budi', version: version + 1, tags: ['old'] });
    const stale = await server.graphql(
      'mutation ($input: UpdateContactInput!) { updateContact(input: $input) { contact { id } } }',
      { input: { contactId, version, name: 'Other' } },
      place.api.token,
    );
    expect(stale.errors[0]?.extensions).toMatchObject({
      reason: 'STALE_VERSION',
      currentVersion: version + 1,
    });
  });

  it('is refused with the field that is wrong', async () => {
    const place = await seed(server).agency().subaccount();
    const { id: contactId, version } = await upsert(place);
    const refused = async (input: object): Promise<unknown> =>
      (await place.api.mutationRefusal('updateContact', { contactId, version, ...input })).fields;
    expect(await refused({ name: ' ' })).toEqual(['input.name']);
    expect(await refused({ tags: ['x'.repeat(51)] })).toEqual(['input.tags.0']);
    expect(await refused({ tags: Array.from({ length: 51 }, (_, n) => `tag ${n}`) })).toEqual(['input.tags']);
    const tags = Array.from({ length: 50 }, (_, n) => `tag ${n}`);
    await place.api.mutate('updateContact', { contactId, version, tags }, '__typename');
    const full = await place.api.mutationRefusal('addContactTag', { contactId, tag: 'one more' });
    expect(full).toMatchObject({ reason: 'INVALID_INPUT' });
  });
});

describe('what happens to contacts', () => {
  it('is told while it happens, of all or of one', async () => {
    const place = await seed(server).agency().subaccount();
    const [ani, budi] = [await upsert(place, { name: 'Ani' }), await upsert(place, { name: 'Budi' })];
    const after = await cursorOf(place);
    const query = `subscription ($id: ID!, $contact: ID, $after: EventCursor) {
      contactUpdated(subaccountId: $id, contactId: $contact, after: $after) {
        topic contactId tag changed mergedContactId contact { name tags } } }`;
    const follow = (contact: string | null) =>
      place.api.follow<object>('contactUpdated', query, { id: place.id, contact, after });
    const [all, one] = [follow(null), follow(ani.id)];
    await place.api.mutate('addContactTag', { contactId: budi.id, tag: 'vip' }, '__typename');
    const change = { contactId: ani.id, version: ani.version, name: 'Ani W.' };
    await place.api.mutate('updateContact', change, '__typename');
    await place.api.mutate('mergeContacts', { contactId: ani.id, mergeContactId: budi.id }, '__typename');
    const told = { tag: null, changed: [], mergedContactId: null };
    expect(await all.atLeast(3)).toMatchObject([
      { ...told, topic: 'CONTACT_TAG_ADDED', contactId: budi.id, tag: 'vip' },
      { ...told, topic: 'CONTACT_UPDATED', contactId: ani.id, changed: ['name'] },
      { ...told, topic: 'CONTACT_MERGED', contactId: ani.id, mergedContactId: budi.id },
    ]);
    expect((await one.atLeast(2)).map((each) => each)).toMatchObject([
      { topic: 'CONTACT_UPDATED', contact: { name: 'Ani W.' } },
      { topic: 'CONTACT_MERGED', contact: { tags: ['vip'] } },
    ]);
    all.stop();
    one.stop();
  });
});

describe('tags', () => {
  it('that are in use are listed with how many have them', async () => {
    const place = await seed(server).agency().subaccount();
    const other = await seed(server).agency().subaccount();
    await upsert(other, { tags: ['elsewhere'] });
    await upsert(place, { tags: ['roof', 'vip'] });
    const { id: contactId } = await upsert(place, { tags: ['roof', 'Wall'] });
    const query = `query ($id: ID!, $first: Int, $after: String) { subaccount(id: $id) {
      contactTags(first: $first, after: $after) { nodes { tag count } pageInfo { hasNextPage endCursor } } } }`;
    const list = async (args: object = {}) =>
      (
        await place.api.ask<{
          subaccount: {
            contactTags: { nodes: unknown[]; pageInfo: { hasNextPage: boolean; endCursor: string } };
          };
        }>(query, { id: place.id, ...args })
      ).subaccount.contactTags;
    const [wall, roof, vip] = [
      { tag: 'Wall', count: 1 },
      { tag: 'roof', count: 2 },
      { tag: 'vip', count: 1 },
    ];
    expect((await list()).nodes).toEqual([wall, roof, vip]);
    const { nodes, pageInfo } = await list({ first: 2 });
    expect([nodes, pageInfo.hasNextPage]).toEqual([[wall, roof], true]);
    expect((await list({ first: 2, after: pageInfo.endCursor })).nodes).toEqual([vip]);
    await place.api.mutate('removeContactTag', { contactId, tag: 'Wall' }, '__typename');
    expect((await list()).nodes).toEqual([roof, vip]);
  });

  it('are added and taken away once, however often somebody says so', async () => {
    const place = await seed(server).agency().subaccount();
    const { id: contactId } = await upsert(place);
    const cursor = await cursorOf(place);
    const tag = async (field: string): Promise<Contact> =>
      (
        await place.api.mutate<{ contact: Contact }>(
          field,
          { contactId, tag: 'vip' },
          'contact { id name version tags }',
        )
      ).contact;
    expect((await tag('addContactTag')).tags).toEqual(['vip']);
    expect((await tag('addContactTag')).tags).toEqual(['vip']);
    expect((await tag('removeContactTag')).tags).toEqual([]);
    expect(await tag('removeContactTag')).toMatchObject({ tags: [], version: 3 });
    expect(await topicsSince(place, cursor)).toEqual(['CONTACT_TAG_ADDED', 'CONTACT_TAG_REMOVED']);
  });
});

describe('a list of contacts', () => {
  it('is filtered by number, its beginning, name, tags, opt-out and block', async () => {
    const place = await seed(server).agency().subaccount();
    const ani = await upsert(place, { phoneNumber: '6281400000001', name: 'Ani Wijaya', tags: ['a', 'b'] });
    const budi = await upsert(place, { phoneNumber: '6281400000002', name: 'Budi', tags: ['b'] });
    const cici = await upsert(place, { phoneNumber: '4915100000003', name: '100% Cici' });
    await place.api.mutate('optOutContact', { contactId: budi.id }, '__typename');
    await place.api.mutate('blockContact', { contactId: cici.id }, '__typename');
    expect(await listed(place, {})).toEqual([ani.id, budi.id, cici.id]);
    expect(await listed(place, { phoneNumber: '6281400000002' })).toEqual([budi.id]);
    expect(await listed(place, { phonePrefix: '62814' })).toEqual([ani.id, budi.id]);
    expect(await listed(place, { name: 'WIJ' })).toEqual([ani.id]);
    expect(await listed(place, { name: '0% c' })).toEqual([cici.id]);
    expect(await listed(place, { tags: ['b'] })).toEqual([ani.id, budi.id]);
    expect(await listed(place, { tags: ['b', 'a'] })).toEqual([ani.id]);
    expect(await listed(place, { optedOut: true })).toEqual([budi.id]);
    expect(await listed(place, { optedOut: false, blocked: false })).toEqual([ani.id]);
    expect(await listed(place, { blocked: true })).toEqual([cici.id]);
  });
});

describe('a person who wants to be left alone', () => {
  it('opts out and in, is blocked and unblocked, and each is told once', async () => {
    const place = await seed(server).agency().subaccount();
    const { id: contactId } = await upsert(place);
    const cursor = await cursorOf(place);
    const selection = 'contact { optedOutAt blockedAt version }';
    const mark = (field: string): Promise<{ contact: object }> =>
      place.api.mutate(field, { contactId }, selection);
    const since = expect.any(String) as string;
    expect((await mark('optOutContact')).contact).toEqual({ optedOutAt: since, blockedAt: null, version: 1 });
    await mark('optOutContact');
    expect((await mark('blockContact')).contact).toEqual({ optedOutAt: since, blockedAt: since, version: 1 });
    await mark('optInContact');
    expect((await mark('unblockContact')).contact).toEqual({ optedOutAt: null, blockedAt: null, version: 1 });
    expect(await topicsSince(place, cursor)).toEqual([
      'CONTACT_OPTED_OUT',
      'CONTACT_BLOCKED',
      'CONTACT_OPTED_IN',
      'CONTACT_UNBLOCKED',
    ]);
  });

  it('gets nothing at all while blocked, and from automations nothing after an opt-out', async () => {
    const device = await seed(server).agency().subaccount().device({ connected: true });
    const place = device.subaccount;
    const person = server.simulator.createPhone();
    const { id: contactId } = await upsert(place, { phoneNumber: person.number });
    await person.sendText(device.phone.number, 'are you there?');
    const { id: messageId } = await device.messageWith('are you there?');
    await place.api.mutate('blockContact', { contactId }, '__typename');
    const refusal = { code: 'INVALID_STATE', reason: 'RECIPIENT_BLOCKED' };
    const send = { deviceId: device.id, to: person.number, text: 'hello' };
    expect(await place.api.mutationRefusal('sendMessage', send)).toMatchObject(refusal);
    const react = { messageId, emoji: '👍' };
    expect(await place.api.mutationRefusal('reactToMessage', react)).toMatchObject(refusal);
    await place.api.mutate('unblockContact', { contactId }, '__typename');
    await place.api.mutate('optOutContact', { contactId }, '__typename');
    await device.send({ to: person.number, text: 'typed by somebody' });
    await person.waitForMessage(({ text }) => text === 'typed by somebody');
  });
});

describe('who may do what', () => {
  it.each([
    ['VIEWER', { upsertContact: false, updateContact: false, optOutContact: false, mergeContacts: false }],
    ['AGENT', { upsertContact: true, updateContact: true, optOutContact: true, mergeContacts: false }],
    [
      'SUBACCOUNT_ADMIN',
      { upsertContact: true, updateContact: true, optOutContact: true, mergeContacts: true },
    ],
  ] as const)('%s', async (role, allowed) => {
    const place = await seed(server).agency().subaccount();
    const contact = await upsert(place);
    const twin = await upsert(place);
    const api = await logInAs(place, role);
    const inputs: Record<keyof typeof allowed, object> = {
      upsertContact: { subaccountId: place.id, phoneNumber: newNumber() },
      updateContact: { contactId: contact.id, version: 1, name: 'Ani' },
      optOutContact: { contactId: contact.id },
      mergeContacts: { contactId: contact.id, mergeContactId: twin.id },
    };
    for (const [field, may] of Object.entries(allowed)) {
      const input = { ...inputs[field as keyof typeof allowed] };
      if (may) await api.mutate(field, input, '__typename');
      else expect(await api.mutationRefusal(field, input)).toMatchObject({ reason: 'ACTION_NOT_ALLOWED' });
    }
  });
});

async function logInAs(place: SeededSubaccount, role: string): Promise<ApiClient> {
  const email = `${role}-${place.id}@example.com`.toLowerCase();
  const password = 'correct horse battery staple';
  const { id: agencyId, api } = place.agency;
  await api.mutate(
    'createUser',
    { agencyId, email, password, role, subaccountIds: [place.id] },
    '__typename',
  );
  const { sessionToken } = await api.mutate<{ sessionToken: string }>(
    'logIn',
    { email, password },
    'sessionToken',
  );
  return api.as(sessionToken);
}

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seed } from '../support/seed.js';
import type { SeededSubaccount } from '../support/seed.js';
import type { SeededDevice } from '../support/seeded-device.js';
import { startTestServer } from '../support/server.js';
import type { TestServer } from '../support/server.js';

let server: TestServer;
let subaccount: SeededSubaccount;
let device: SeededDevice;
const numbers = Array.from({ length: 25 }, (_, index) => String(6281200000100 + index));

beforeAll(async () => {
  server = await startTestServer();
  const place = seed(server).agency().subaccount();
  device = await place.device({ connected: true, label: 'Sales' });
  subaccount = await place;
  await hold(device);
  for (const to of numbers) await device.send({ to, text: `hello ${to}` });
});
afterAll(() => server.stop());

/** Messages wait from now on, so that lists stay as they are. */
async function hold({ phone, link, becomes }: SeededDevice): Promise<void> {
  const match = { number: phone.number };
  server.simulator.faults.add({ point: 'login', match, times: null, action: { kind: 'hang' } });
  link.disrupt({ kind: 'streamError', code: '440', conflict: 'replaced' });
  await becomes.call(device, 'REPLACED');
}

interface Page {
  readonly edges: readonly { readonly cursor: string; readonly node: { readonly id: string } }[];
  readonly pageInfo: {
    readonly endCursor: string | null;
    readonly hasNextPage: boolean;
    readonly hasPreviousPage: boolean;
  };
}

const CONNECTION = 'edges { cursor node { id } } pageInfo { endCursor hasNextPage hasPreviousPage }';

async function page(list: string, variables: { first: number; after?: string | null }): Promise<Page> {
  const query = `query ($id: ID!, $first: Int!, $after: String) {
    subaccount(id: $id) { ${list}(first: $first, after: $after) { ${CONNECTION} } } }`;
  const data = await subaccount.api.ask<{ subaccount: Record<string, Page> }>(query, {
    id: subaccount.id,
    ...variables,
  });
  return data.subaccount[list] as Page;
}

/** Walks a whole list; `between` runs after each page. */
async function walk(list: string, between: (pages: number) => Promise<unknown>): Promise<readonly string[]> {
  const ids: string[] = [];
  let after: string | null = null;
  for (let pages = 1; ; pages += 1) {
    const { edges, pageInfo }: Page = await page(list, { first: 4, after });
    ids.push(...edges.map(({ node }) => node.id));
    expect(pageInfo).toMatchObject({ endCursor: edges.at(-1)?.cursor, hasPreviousPage: pages > 1 });
    if (!pageInfo.hasNextPage) return ids;
    after = pageInfo.endCursor;
    await between(pages);
  }
}

const everyId = async (list: string): Promise<string[]> =>
  (await page(list, { first: 100 })).edges.map(({ node }) => node.id);

let added = 0;
const addMessage = (): Promise<unknown> => {
  added += 1;
  return device.send({ to: String(6281200000900 + added), text: 'in between' });
};
const addDevice = (): Promise<unknown> =>
  subaccount.api.mutate('createDevice', { subaccountId: subaccount.id, label: 'more' }, 'device { id }');

describe('a walk through a list', () => {
  it.each(['messages', 'conversations'])(
    'sees each row of then once while newer ones come in front: %s',
    async (list) => {
      const before = await everyId(list);
      expect(await walk(list, addMessage)).toEqual(before);
      expect((await everyId(list)).length).toBeGreaterThan(before.length);
    },
  );

  it('sees each row of then once while newer ones come behind: contacts', async () => {
    const before = await everyId('contacts');
    const seen = await walk('contacts', (pages) => (pages <= 3 ? addMessage() : Promise.resolve()));
    expect(seen.slice(0, before.length)).toEqual(before);
    expect(seen).toEqual(await everyId('contacts'));
  });

  it('sees each row of then once while newer ones come behind: devices', async () => {
    for (let count = 0; count < 6; count += 1) await addDevice();
    const before = await everyId('devices');
    const seen = await walk('devices', (pages) => (pages <= 3 ? addDevice() : Promise.resolve()));
    expect(seen.slice(0, before.length)).toEqual(before);
    expect(seen).toEqual(await everyId('devices'));
  });

  it('ends at once where there is nothing', async () => {
    const empty = await seed(server).agency().subaccount();
    const query = `query ($id: ID!) { subaccount(id: $id) { messages { nodes { id } ${CONNECTION} } } }`;
    expect(await empty.api.ask(query, { id: empty.id })).toEqual({
      subaccount: {
        messages: {
          nodes: [],
          edges: [],
          pageInfo: { endCursor: null, hasNextPage: false, hasPreviousPage: false },
        },
      },
    });
  });
});

describe('a filter', () => {
  async function filtered<T>(
    list: string,
    type: string,
    filter: object,
    selection: string,
  ): Promise<readonly T[]> {
    const query = `query ($id: ID!, $filter: ${type}) {
      subaccount(id: $id) { ${list}(first: 100, filter: $filter) { nodes { ${selection} } } } }`;
    const data = await subaccount.api.ask<{ subaccount: Record<string, { nodes: T[] }> }>(query, {
      id: subaccount.id,
      filter,
    });
    return data.subaccount[list]?.nodes ?? [];
  }
  const [number = ''] = numbers;

  it('chooses messages by status, direction, device, conversation and WhatsApp id', async () => {
    const messages = (filter: object) => filtered<{ id: string }>('messages', 'MessageFilter', filter, 'id');
    const all = await messages({});
    const one = await device.messageWith(`hello ${number}`);
    const other = await seed(server).agency().subaccount().device();
    expect(await messages({ status: ['PENDING'] })).toEqual(all);
    expect(await messages({ status: ['READ', 'FAILED'] })).toEqual([]);
    expect(await messages({ direction: 'INBOUND' })).toEqual([]);
    expect(await messages({ deviceId: device.id, direction: 'OUTBOUND' })).toEqual(all);
    expect(await messages({ deviceId: other.id })).toEqual([]);
    expect(await messages({ conversationId: one.conversation.id })).toEqual([{ id: one.id }]);
    expect(await messages({ whatsappId: one.whatsappId })).toEqual([{ id: one.id }]);
  });

  it('chooses conversations by kind, device and what is unread', async () => {
    const count = async (filter: object) =>
      (await filtered('conversations', 'ConversationFilter', filter, 'id')).length;
    const all = await count({});
    expect(await count({ kind: 'DIRECT', status: ['OPEN'], deviceId: device.id, unread: false })).toBe(all);
    expect(await count({ kind: 'GROUP' })).toBe(0);
    expect(await count({ unread: true })).toBe(0);
    expect(await count({ status: ['CLOSED'] })).toBe(0);
  });

  it('chooses devices by label, number and status', async () => {
    const devices = (filter: object) => filtered('devices', 'DeviceFilter', filter, 'id');
    const own = [{ id: device.id }];
    expect(await devices({ label: 'sal' })).toEqual(own);
    expect(await devices({ phoneNumber: `+${device.phone.number}` })).toEqual(own);
    expect(await devices({ status: ['REPLACED'] })).toEqual(own);
    expect(await devices({ label: 'sal', status: ['NOT_PAIRED'] })).toEqual([]);
    expect(await devices({ label: '%' })).toEqual([]);
  });

  it('chooses contacts by number', async () => {
    const contacts = await filtered('contacts', 'ContactFilter', { phoneNumber: number }, 'phoneNumber');
    expect(contacts).toEqual([{ phoneNumber: number }]);
  });
});

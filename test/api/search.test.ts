import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parsePublicId } from '../../src/kernel/ids.js';
import { toPgConfig } from '../../src/platform/database/connection.js';
import { scopeStatements } from '../../src/platform/database/scope-settings.js';
import type { Phone } from '../../src/simulator/index.js';
import { eventually } from '../support/eventually.js';
import { seed } from '../support/seed.js';
import type { SeededDevice } from '../support/seeded-device.js';
import { startTestServer } from '../support/server.js';
import type { TestServer } from '../support/server.js';

const TEXTS = [
  'Grüße aus Zürich, bis Samstag',
  'meeting about the invoice INV-2024/77 on Samstag',
  '会議は東京タワーで三時から',
  'สวัสดีครับ ส่งของวันไหน',
  'مرحبا بالعالم',
  'Привет, МИР',
  '안녕하세요 주문하고 싶어요',
  'café crème at https://example.com/menu/lunch',
] as const;

let server: TestServer;
let device: SeededDevice;
let other: SeededDevice;
let customer: Phone;
let neighbour: Phone;
beforeAll(async () => {
  server = await startTestServer();
  device = await seed(server).agency().subaccount().device({ connected: true });
  other = await seed(server).agency().subaccount().device({ connected: true });
  customer = server.simulator.createPhone({ name: 'Ayu Lestari' });
  neighbour = server.simulator.createPhone({ name: 'José Ñandú' });
  for (const text of TEXTS) await customer.sendText(device.phone.number, text);
  await neighbour.sendText(device.phone.number, 'kepada tetangga');
  await customer.sendText(other.phone.number, 'Zürich is not yours');
  await other.messageWith('Zürich is not yours');
  await device.messageWith('kepada tetangga');
  for (const text of TEXTS) await device.messageWith(text);
}, 60_000);
afterAll(() => server.stop());

async function search(query: string, filter: object | null = null): Promise<string[]> {
  const { subaccount } = await device.api.ask<{
    subaccount: { searchMessages: { nodes: { text: string }[] } };
  }>(
    `query ($id: ID!, $query: String!, $filter: MessageSearchFilter) {
      subaccount(id: $id) { searchMessages(query: $query, filter: $filter) { nodes { text } } } }`,
    { id: device.subaccount.id, query, filter },
  );
  return subaccount.searchMessages.nodes.map(({ text }) => text);
}

async function people(query: string): Promise<(string | null)[]> {
  const { subaccount } = await device.api.ask<{
    subaccount: { searchContacts: { nodes: { name: string | null }[] } };
  }>(
    `query ($id: ID!, $query: String!) { subaccount(id: $id) { searchContacts(query: $query) { nodes { name } } } }`,
    { id: device.subaccount.id, query },
  );
  return subaccount.searchContacts.nodes.map(({ name }) => name);
}

describe('messages are found', () => {
  it.each<[string, string, readonly number[]]>([
    ['in any case and without accents', 'ZURICH', [0]],
    ['with accents that the message lacks', 'crémé', [7]],
    ['by all words, in any order, newest first', 'samstag', [1, 0]],
    ['by the beginning of a word', 'invo', [1]],
    ['by a part of a number with signs', '2024', [1]],
    ['by a number as it is written', 'INV-2024/77', [1]],
    ['by a part of an address', 'example.com', [7]],
    ['in Japanese, which writes no spaces', '東京', [2]],
    ['in Thai, which writes no spaces', 'ครับ', [3]],
    ['in Arabic', 'مرحبا', [4]],
    ['in Russian', 'мир', [5]],
    ['in Korean', '주문', [6]],
  ])('%s', async (_how, query, found) => {
    expect(await search(query)).toEqual(found.map((index) => TEXTS[index]));
  });

  it('only with all words', async () => {
    expect(await search('samstag zurich')).toEqual([TEXTS[0]]);
    expect(await search('samstag tokyo')).toEqual([]);
  });

  it('not by signs that are no words, nor by signs that mean something to the database', async () => {
    for (const query of ['!!', '& |', ':*', "'", '((', '\\', '<->', "zurich' | 'x"]) {
      expect(await search(query)).toEqual([]);
    }
  });

  it('in one conversation when it is named', async () => {
    const { conversation } = await device.messageWith('kepada tetangga');
    const filter = { conversationId: conversation.id };
    expect(await search('kepada', filter)).toEqual(['kepada tetangga']);
    expect(await search('samstag', filter)).toEqual([]);
    expect(await search('samstag', { deviceId: device.id })).toHaveLength(2);
  });

  it('page by page', async () => {
    const query = `query ($id: ID!, $after: String) { subaccount(id: $id) {
      searchMessages(query: "samstag", first: 1, after: $after) { nodes { text } pageInfo { hasNextPage endCursor } } } }`;
    interface Page {
      subaccount: {
        searchMessages: { nodes: { text: string }[]; pageInfo: { hasNextPage: boolean; endCursor: string } };
      };
    }
    const { subaccount: first } = await device.api.ask<Page>(query, { id: device.subaccount.id });
    expect(first.searchMessages).toMatchObject({
      nodes: [{ text: TEXTS[1] }],
      pageInfo: { hasNextPage: true },
    });
    const after = first.searchMessages.pageInfo.endCursor;
    const { subaccount: second } = await device.api.ask<Page>(query, { id: device.subaccount.id, after });
    expect(second.searchMessages).toMatchObject({
      nodes: [{ text: TEXTS[0] }],
      pageInfo: { hasNextPage: false },
    });
  });

  it('by their new words after an edit, and not at all after a deletion', async () => {
    const { id } = await customer.sendText(device.phone.number, 'rendezvous');
    await eventually(() => search('rendezvous')).toEqual(['rendezvous']);
    await customer.sendEdit(device.phone.number, id, 'appointment');
    await eventually(() => search('appointment')).toEqual(['appointment']);
    expect(await search('rendezvous')).toEqual([]);
    await customer.sendDeletion(device.phone.number, id);
    await eventually(() => search('appointment')).toEqual([]);
  });

  it('that we sent as well', async () => {
    const { id } = await device.send({ to: customer.number, text: 'your parcel is under way' });
    await device.messageBecomes(id, 'READ');
    expect(await search('parcel')).toEqual(['your parcel is under way']);
  });

  it('has to look for something', async () => {
    const query = `query ($id: ID!, $query: String!) {
      subaccount(id: $id) { searchMessages(query: $query) { nodes { id } } } }`;
    for (const words of ['', '  ', 'x'.repeat(201)]) {
      expect(await device.api.refusal(query, { id: device.subaccount.id, query: words })).toMatchObject({
        code: 'BAD_USER_INPUT',
        fields: ['query'],
      });
    }
  });
});

describe('contacts are found', () => {
  it('by a part of their names, in any case and without accents', async () => {
    expect(await people('lestari')).toEqual(['Ayu Lestari']);
    expect(await people('nandu jose')).toEqual(['José Ñandú']);
    expect(await people('les')).toEqual(['Ayu Lestari']);
  });

  it('by the first digits of their numbers', async () => {
    expect(await people(neighbour.number.slice(0, -1))).toContain('José Ñandú');
    expect(await people(neighbour.number)).toEqual(['José Ñandú']);
  });
});

describe('what belongs to somebody else', () => {
  it('is not found by its words', async () => {
    expect(await search('yours')).toEqual([]);
    expect(await search('zurich')).toEqual([TEXTS[0]]);
  });

  it('is not found by the functions of the database either, whatever they are asked', async () => {
    const uuid = (id: string): string => parsePublicId(id)?.uuid ?? '';
    const client = new Client(toPgConfig(server.connections.app));
    await client.connect();
    try {
      const found = async (agencyId: string, narrowed: object = {}): Promise<number[]> => {
        await client.query('begin');
        await client.query(scopeStatements({ agencyId: uuid(agencyId), subaccountIds: 'all', ...narrowed }));
        const args = [uuid(device.subaccount.id)];
        const messages = await client.query(
          `select search_messages($1, 'samstag', null, null, null, 10)`,
          args,
        );
        const contacts = await client.query(`select search_contacts($1, 'lestari', null, 10)`, args);
        await client.query('rollback');
        return [messages.rowCount ?? 0, contacts.rowCount ?? 0];
      };
      expect(await found(other.subaccount.agency.id)).toEqual([0, 0]);
      const { agency } = device.subaccount;
      expect(await found(agency.id)).toEqual([2, 1]);
      expect(await found(agency.id, { subaccountIds: [uuid(other.subaccount.id)] })).toEqual([0, 0]);
      expect(await found(agency.id, { deviceId: uuid(device.id) })).toEqual([2, 0]);
      expect(await found(agency.id, { deviceId: uuid(other.id) })).toEqual([0, 0]);
    } finally {
      await client.end();
    }
  });
});

import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ApiClient } from '../support/api-client.js';
import { seed } from '../support/seed.js';
import type { SeededSubaccount } from '../support/seed.js';
import { startTestServer } from '../support/server.js';
import type { TestServer } from '../support/server.js';

const ROWS = 50;
/** A pairing is a session of its own. */
const PAIRINGS = 20;
const env = { MASTER_KEY: randomBytes(32).toString('base64') };
let server: TestServer;
/** Does nothing but answer, so that every statement it runs is the question's. */
let answering: TestServer;
let subaccount: SeededSubaccount;
let ids: Readonly<Record<string, string>>;

beforeAll(async () => {
  server = await startTestServer({ env });
  const { connections, simulator } = server;
  answering = await startTestServer({ env: { ...env, ROLES: 'api' }, shared: { connections, simulator } });
  const place = seed(server).agency().subaccount();
  const device = await place.device({ connected: true });
  subaccount = await place;
  for (let count = 0; count < ROWS; count += 1) {
    const other = await place.device();
    if (count < PAIRINGS) await other.do('pairDevice');
    await device.send({ to: String(6281200000100 + count), text: 'hello' });
    await device.send({ to: device.phone.number, text: `note ${String(count)}` });
  }
  const { conversation } = await device.messageWith(`note ${String(ROWS - 1)}`);
  const pipeline = await fillBoard(subaccount);
  for (let count = 1; count < ROWS; count += 1) {
    await subaccount.agency.api.mutate(
      'createSubaccount',
      { agencyId: subaccount.agency.id, name: `Client ${count}` },
      'subaccount { id }',
    );
  }
  ids = {
    agency: subaccount.agency.id,
    subaccount: subaccount.id,
    device: device.id,
    conversation: conversation.id,
    pipeline,
  };
}, 240_000);
afterAll(async () => {
  await answering.stop();
  await server.stop();
});

/** Deals of all people in the first stage. */
async function fillBoard({ id, api }: SeededSubaccount): Promise<string> {
  const { pipeline } = await api.mutate<{ pipeline: { id: string } }>(
    'createPipeline',
    { subaccountId: id },
    'pipeline { id }',
  );
  const { subaccount } = await api.ask<{ subaccount: { contacts: { nodes: { id: string }[] } } }>(
    'query ($id: ID!, $first: Int!) { subaccount(id: $id) { contacts(first: $first) { nodes { id } } } }',
    { id, first: ROWS },
  );
  for (const contact of subaccount.contacts.nodes) {
    await api.mutate(
      'createDeal',
      { pipelineId: pipeline.id, title: 'Wall', contactId: contact.id, tags: ['vip'] },
      'deal { id }',
    );
  }
  return pipeline.id;
}

const MESSAGE = `id status media { state url } attempts { number } device { label subaccount { name } }
  conversation { kind contact { name phoneNumber } device { label } }`;

const questions = [
  [
    'devices with their pairings',
    `query ($subaccount: ID!, $first: Int!) {
    subaccount(id: $subaccount) { devices(first: $first) { nodes { label status pairing { state qr } subaccount { name agency { name } } } } } }`,
  ],
  [
    'conversations with contacts and devices',
    `query ($subaccount: ID!, $first: Int!) {
    subaccount(id: $subaccount) { conversations(first: $first) { nodes {
      contact { name } device { label } } } } }`,
  ],
  [
    'conversations with their messages',
    `query ($subaccount: ID!, $first: Int!) {
    subaccount(id: $subaccount) { conversations(first: $first) { nodes { messages(first: 3) { nodes { ${MESSAGE} } } } } } }`,
  ],
  [
    'contacts with their conversations',
    `query ($subaccount: ID!, $first: Int!) {
    subaccount(id: $subaccount) { contacts(first: $first) { nodes { name conversations(first: 3) { nodes { unreadCount } } } } } }`,
  ],
  [
    'contacts with what is known of them',
    `query ($subaccount: ID!, $first: Int!) {
    subaccount(id: $subaccount) { contacts(first: $first) { nodes { name tags optedOutAt fields { value field { key } }
      notes(first: 3) { nodes { body } } merges { mergedContactId } } } } }`,
  ],
  [
    'messages of a subaccount',
    `query ($subaccount: ID!, $first: Int!) {
    subaccount(id: $subaccount) { messages(first: $first) { nodes { ${MESSAGE} } } } }`,
  ],
  [
    'messages of a conversation',
    `query ($conversation: ID!, $first: Int!) {
    conversation(id: $conversation) { messages(first: $first) { nodes { ${MESSAGE} } } } }`,
  ],
  [
    'messages that are found by their words',
    `query ($subaccount: ID!, $first: Int!) {
    subaccount(id: $subaccount) { searchMessages(query: "hello", first: $first) { nodes { ${MESSAGE} reactions { emoji } } } } }`,
  ],
  [
    'contacts that are found by their numbers',
    `query ($subaccount: ID!, $first: Int!) {
    subaccount(id: $subaccount) { searchContacts(query: "62812000001", first: $first) { nodes { name tags
      conversations(first: 3) { nodes { unreadCount } } } } } }`,
  ],
  [
    'the conversations of an inbox with who works on them',
    `query ($subaccount: ID!, $first: Int!) {
    subaccount(id: $subaccount) { conversations(first: $first, filter: { status: [OPEN] }) { nodes { status labels
      contact { name tags } team { name } notes(first: 3) { nodes { text } } } } } }`,
  ],
  [
    'a board',
    `query ($pipeline: ID!, $first: Int!) {
    pipeline(id: $pipeline) { stages { name deals(first: $first) { nodes { title tags contact { name } } } } } }`,
  ],
  [
    'subaccounts with their lists',
    `query ($agency: ID!, $first: Int!) {
    agency(id: $agency) { subaccounts(first: $first) { nodes { name
      conversations(first: 3) { nodes { status } } messages(first: 3) { nodes { text } } } } } }`,
  ],
  [
    'subaccounts at a glance',
    `query ($agency: ID!, $first: Int!) {
    agency(id: $agency) { subaccounts(first: $first) { nodes { name overview { devicesByStatus { status count } volume { sent } } } } } }`,
  ],
  [
    'messages of a device',
    `query ($device: ID!, $first: Int!) {
    device(id: $device) { messages(first: $first) { nodes { ${MESSAGE} } } conversations(first: $first) { nodes { contact { name } } } } }`,
  ],
  [
    'events of devices',
    `query ($subaccount: ID!, $first: Int!) {
    events(subaccountId: $subaccount, first: $first, topics: [DEVICE_STATUS_CHANGED]) {
      events { ... on DeviceStatusChanged { device { label pairing { state } } } } } }`,
  ],
  [
    'events of messages',
    `query ($subaccount: ID!, $first: Int!) {
    events(subaccountId: $subaccount, first: $first, topics: [MESSAGE_STATUS_CHANGED]) {
      events { ... on MessageStatusChanged { message { ${MESSAGE} } } } } }`,
  ],
] as const;

it.each(questions)('%s take as many statements for 50 rows as for five and for one', async (_what, query) => {
  const { database } = answering.app.infrastructure;
  const api = new ApiClient(answering, subaccount.agency.api.token);
  const statements = async (first: number): Promise<number> => {
    const declared = Object.fromEntries(Object.entries(ids).filter(([name]) => query.includes(`$${name}:`)));
    const counts: number[] = [];
    // Now and then a question pays for what is remembered for a while: whose token it is.
    for (let time = 0; time < 3; time += 1) {
      const before = database.queryCount;
      await api.ask(query, { ...declared, first });
      counts.push(database.queryCount - before);
    }
    return Math.min(...counts);
  };
  await statements(ROWS);
  const [forOne, forFive, forMany] = [await statements(1), await statements(5), await statements(ROWS)];
  expect(forFive).toBeLessThanOrEqual(forOne);
  expect(forMany).toBeLessThanOrEqual(forFive);
  expect(forOne).toBeGreaterThan(0);
});

import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ApiClient } from '../support/api-client.js';
import { seed } from '../support/seed.js';
import type { SeededSubaccount } from '../support/seed.js';
import { startTestServer } from '../support/server.js';
import type { TestServer } from '../support/server.js';

const ROWS = 20;
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
    const paired = await place.device();
    await paired.do('pairDevice');
    await device.send({ to: String(6281200000100 + count), text: 'hello' });
    await device.send({ to: device.phone.number, text: `note ${String(count)}` });
  }
  const { conversation } = await device.messageWith('note 0');
  ids = { subaccount: subaccount.id, device: device.id, conversation: conversation.id };
}, 120_000);
afterAll(async () => {
  await answering.stop();
  await server.stop();
});

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

it.each(questions)('%s take as many statements for 20 rows as for one', async (_what, query) => {
  const { database } = answering.app.infrastructure;
  const api = new ApiClient(answering, subaccount.api.token);
  const statements = async (first: number): Promise<number> => {
    const declared = Object.fromEntries(Object.entries(ids).filter(([name]) => query.includes(`$${name}:`)));
    const before = database.queryCount;
    await api.ask(query, { ...declared, first });
    return database.queryCount - before;
  };
  await statements(ROWS);
  const [forOne, forMany] = [await statements(1), await statements(ROWS)];
  expect(forMany).toBeLessThanOrEqual(forOne);
  expect(forOne).toBeGreaterThan(0);
});

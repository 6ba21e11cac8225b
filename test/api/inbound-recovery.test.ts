import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import type { LedgerEntry, Phone } from '../../src/simulator/index.js';
import { cursorOf, seed } from '../support/seed.js';
import type { SeededDevice } from '../support/seeded-device.js';
import { startTestServer } from '../support/server.js';
import type { TestServer } from '../support/server.js';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });
const PATIENCE = { timeout: 60_000, interval: 50 };

let server: TestServer;
let device: SeededDevice;
let customer: Phone;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());
beforeEach(async () => {
  device = await seed(server).agency().subaccount().device({ connected: true });
  customer = server.simulator.createPhone({ name: 'Budi' });
});

interface Received {
  readonly id: string;
  readonly status: string;
  readonly kind: string;
  readonly text: string | null;
  readonly caughtUp: boolean;
  readonly sentAt: string | null;
}

/** All messages of the device, oldest first. */
async function messages(): Promise<readonly Received[]> {
  const { messages: list } = await device.read<{ messages: { nodes: Received[] } }>(
    'messages(first: 50) { nodes { id status kind text caughtUp sentAt } }',
  );
  return list.nodes.toReversed();
}

interface Told {
  readonly topic: string;
  readonly status?: string;
  readonly previous?: string;
}
/** What the event log tells of messages since a cursor. */
async function toldSince(after: string): Promise<readonly Told[]> {
  const query = `query ($id: ID!, $after: EventCursor) {
    events(subaccountId: $id, after: $after, topics: [MESSAGE_CREATED, MESSAGE_STATUS_CHANGED, MESSAGE_RECEIVED]) {
      events { topic ... on MessageStatusChanged { previous status } } } }`;
  const variables = { id: device.subaccount.id, after };
  return (await device.api.ask<{ events: { events: Told[] } }>(query, variables)).events.events;
}

/** A receipt that asks WhatsApp to let the author send a message again. */
const isRetryOf =
  (whatsappId: string) =>
  ({ direction, tag, type, id }: LedgerEntry): boolean =>
    direction === 'in' && tag === 'receipt' && type === 'retry' && id === whatsappId;

it('what cannot be decrypted is shown at once and becomes readable in the same place when its author sends it again', async () => {
  const after = await cursorOf(device.subaccount);
  const match = { number: device.phone.number };
  server.simulator.faults.add({ point: 'delivery', match, action: { kind: 'corrupt' } });
  const { id: whatsappId } = await customer.sendText(device.phone.number, 'the second time');
  await expect.poll(messages, PATIENCE).toMatchObject([{ status: 'RECEIVED', text: 'the second time' }]);

  expect(await toldSince(after)).toEqual([
    { topic: 'MESSAGE_CREATED' },
    { topic: 'MESSAGE_STATUS_CHANGED', previous: 'UNDECRYPTABLE', status: 'RECEIVED' },
    { topic: 'MESSAGE_RECEIVED' },
  ]);
  const asked = server.simulator.ledger.entries().filter(isRetryOf(whatsappId));
  expect(asked).toHaveLength(1);
});

it('what can never be decrypted stays shown as such, and asks no more than a few times', async () => {
  const match = { number: device.phone.number, recipient: customer.number };
  server.simulator.faults.add({ point: 'delivery', match, times: null, action: { kind: 'corrupt' } });
  const { id: whatsappId } = await customer.sendText(device.phone.number, 'never');
  await expect
    .poll(messages, PATIENCE)
    .toMatchObject([{ status: 'UNDECRYPTABLE', kind: 'UNSUPPORTED', text: null }]);
  const friend = server.simulator.createPhone();
  await friend.sendText(device.phone.number, 'I am fine');
  await device.messageWith('I am fine');
  const asked = server.simulator.ledger.entries().filter(isRetryOf(whatsappId));
  expect(asked.length).toBeGreaterThan(0);
  expect(asked.length).toBeLessThanOrEqual(5);
  server.simulator.faults.clear();
});

it('what is delivered twice is there once', async () => {
  const match = { number: device.phone.number };
  server.simulator.faults.add({ point: 'delivery', match, times: null, action: { kind: 'duplicate' } });
  await customer.sendText(device.phone.number, 'one');
  await customer.sendText(device.phone.number, 'two');
  await device.messageWith('two');
  server.simulator.faults.clear();
  await customer.sendText(device.phone.number, 'three');
  await device.messageWith('three');
  expect((await messages()).map(({ text, status }) => [text, status])).toEqual([
    ['one', 'RECEIVED'],
    ['two', 'RECEIVED'],
    ['three', 'RECEIVED'],
  ]);
});

it('what came while the server was down is marked, with its own time', async () => {
  await server.stopApp();
  const timestamp = Date.UTC(2026, 5, 1, 12);
  await customer.sendText(device.phone.number, 'anybody?', { timestamp });
  await server.restart();
  await expect
    .poll(messages, PATIENCE)
    .toMatchObject([{ text: 'anybody?', caughtUp: true, sentAt: new Date(timestamp).toISOString() }]);
  await customer.sendText(device.phone.number, 'now then');
  const { id } = await device.messageWith('now then');
  expect((await messages()).find((message) => message.id === id)).toMatchObject({ caughtUp: false });
});

it('a burst of one customer is stored in the order in which it was written', async () => {
  const texts = Array.from({ length: 40 }, (_, index) => `line ${String(index)}`);
  for (const text of texts) await customer.sendText(device.phone.number, text);
  await expect.poll(async () => (await messages()).map(({ text }) => text), PATIENCE).toHaveLength(40);
  expect((await messages()).map(({ text }) => text)).toEqual(texts);
});

it('what WhatsApp had kept comes before what is written while it is handed over', async () => {
  await server.stopApp();
  const kept = Array.from({ length: 30 }, (_, index) => `kept ${String(index)}`);
  for (const text of kept) await customer.sendText(device.phone.number, text);
  await server.restart();
  await expect.poll(messages, PATIENCE).not.toHaveLength(0);
  const live = Array.from({ length: 10 }, (_, index) => `live ${String(index)}`);
  for (const text of live) await customer.sendText(device.phone.number, text);
  await expect.poll(async () => (await messages()).map(({ text }) => text), PATIENCE).toHaveLength(40);
  expect((await messages()).map(({ text }) => text)).toEqual([...kept, ...live]);
});

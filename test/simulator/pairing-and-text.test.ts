import { afterAll, beforeAll, expect, test } from 'vitest';
import { Simulator, type Phone } from '../../src/simulator/index.js';
import { StockClient } from './stock-client.js';

let simulator: Simulator;
let owner: Phone;
let customer: Phone;
let client: StockClient;

beforeAll(async () => {
  simulator = await Simulator.start({ seed: 'pairing-and-text' });
  owner = simulator.createPhone({ name: 'Owner' });
  customer = simulator.createPhone({ name: 'Customer' });
  client = new StockClient(simulator);
  await client.pair(owner);
});

afterAll(async () => {
  await client.leave();
  await simulator.close();
});

test('a stock client pairs by QR and logs in', () => {
  expect(client.socket.user?.id).toBe(`${owner.number}:1@s.whatsapp.net`);
  expect(client.auth.creds.me?.lid).toBe(`${owner.lid}:1@lid`);
  expect(client.auth.creds.platform).toBe('android');
  expect(owner.devices).toHaveLength(1);
});

test('a text reaches the phone of the customer, and receipts come back', async () => {
  const id = await client.sendText(customer.number, 'hello');
  const received = await customer.waitForMessage((message) => message.id === id);
  expect(received).toMatchObject({ text: 'hello', from: owner.number });
  await client.status(id, 3);
  await client.status(id, 4);
  expect(simulator.ledger.sent({ id })).toHaveLength(1);
  expect(simulator.ledger.sent({ id })[0]).toMatchObject({
    to: customer.number,
    accountNumber: owner.number,
  });
  expect(simulator.ledger.sent({ id })[0]?.ackedAt).toBeTypeOf('number');
});

test('the phone of the sender learns what its linked device sent', async () => {
  const id = await client.sendText(customer.number, 'from the desk');
  const own = await owner.waitForOwnMessage((message) => message.id === id);
  expect(own).toMatchObject({ text: 'from the desk', chat: customer.number });
});

test('a text of the customer reaches the client', async () => {
  const { id } = await customer.sendText(owner.number, 'good morning');
  const { message, type } = await client.receivedText('good morning');
  expect(type).toBe('notify');
  expect(message.pushName).toBe('Customer');
  expect(message.key).toMatchObject({
    id,
    remoteJid: `${customer.number}@s.whatsapp.net`,
    remoteJidAlt: `${customer.lid}@lid`,
    fromMe: false,
  });
});

test('no request stayed unanswered and nothing went wrong inside', () => {
  expect(simulator.unknownIqs).toEqual([]);
  expect(simulator.problems).toEqual([]);
  expect(simulator.ledger.reusedKeys()).toEqual([]);
});

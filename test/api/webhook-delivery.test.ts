import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MovableClock } from '../support/movable-clock.js';
import { eventually } from '../support/eventually.js';
import { seed } from '../support/seed.js';
import type { SeededSubaccount } from '../support/seed.js';
import type { SeededDevice } from '../support/seeded-device.js';
import { createWebhook, deliveriesTo } from '../support/seeded-webhook.js';
import { startTestServer } from '../support/server.js';
import type { TestServer } from '../support/server.js';
import { answers, hangs, verified, WebhookReceiver } from '../support/webhook-receiver.js';
import type { ReceivedCall } from '../support/webhook-receiver.js';

const HOUR_MS = 60 * 60_000;

let server: TestServer;
let receiver: WebhookReceiver;
let subaccount: SeededSubaccount;
let device: SeededDevice;
const clock = new MovableClock();

beforeAll(async () => {
  // An hour behind, so that signatures are of this moment once the hour is over.
  clock.advance(-HOUR_MS);
  receiver = await WebhookReceiver.start();
  server = await startTestServer({ clock, env: { OUTBOUND_ALLOW: receiver.host } });
  subaccount = await seed(server).agency().subaccount();
  device = await seedDevice();
});
afterAll(async () => {
  await server.stop();
  await receiver[Symbol.asyncDispose]();
});

async function seedDevice(): Promise<SeededDevice> {
  const seeded = seed(server).agency().subaccount().device({ connected: true });
  subaccount = (await seeded).subaccount;
  return seeded;
}

const textOf = (call: ReceivedCall): unknown =>
  (JSON.parse(call.body) as { data: { message?: { text: string } } }).data.message?.text;

const conversationOf = (call: ReceivedCall): string =>
  (JSON.parse(call.body) as { data: { conversation: { id: string } } }).data.conversation.id;

describe('a receiver that is down for an hour while the server is stopped twice', () => {
  afterAll(() => clock.advance(Date.now() - clock.now().getTime()));

  it('gets every event, each id with one and the same body, signed', { timeout: 180_000 }, async () => {
    const { id, secret } = await createWebhook(subaccount, {
      url: receiver.url('down'),
      topics: ['MESSAGE_RECEIVED'],
    });
    const customers = [server.simulator.createPhone(), server.simulator.createPhone()];
    const texts: string[] = [];
    for (let round = 0; round < 3; round += 1) {
      // The second stop breaks off tries that are under way.
      receiver.answer = round === 1 ? hangs : answers(503);
      for (const [index, customer] of customers.entries()) {
        texts.push(`${index}-${round}`);
        await customer.sendText(device.phone.number, `${index}-${round}`);
      }
      const ids = (): number => new Set(receiver.callsTo('down').map((call) => call.id)).size;
      await eventually(ids).toBe(texts.length);
      if (round < 2) await server.restart();
      await device.becomes('CONNECTED');
      clock.advance(20 * 60_000);
    }
    receiver.answer = answers(200);
    const before = receiver.callsTo('down').length;
    await eventually(async () => (await deliveriesTo(subaccount, id, { status: ['SUCCEEDED'] })).length).toBe(
      6,
    );

    const calls = receiver.callsTo('down');
    const delivered = calls.slice(before).map((call) => verified(call, secret));
    expect(delivered.map(({ data }) => data['message']?.['text']).sort()).toEqual([...texts].sort());
    for (const [webhookId, sameId] of Map.groupBy(calls, (call) => call.id)) {
      expect(webhookId).toMatch(/^whd_/);
      expect(new Set(sameId.map(({ body }) => body)).size).toBe(1);
      expect(sameId.length).toBeGreaterThanOrEqual(2);
    }
    // A retrying event held no later one back, and first tries came in order.
    for (const index of [0, 1]) {
      const isFirst = (call: ReceivedCall): boolean =>
        calls.find(({ id: other }) => other === call.id) === call;
      const own = calls
        .filter(isFirst)
        .map(textOf)
        .filter((text) => String(text).startsWith(`${index}-`));
      expect(own).toEqual([`${index}-0`, `${index}-1`, `${index}-2`]);
    }
  });
});

describe('a delivery', () => {
  it('tells the message with both names of its author, its conversation and its device', async () => {
    receiver.answer = answers(200, 'thank you');
    const { id, secret } = await createWebhook(subaccount, {
      url: receiver.url('shape'),
      topics: ['MESSAGE_RECEIVED'],
    });
    const customer = server.simulator.createPhone({ name: 'Ayu' });
    await customer.sendText(device.phone.number, 'hello');
    const [call] = await receiver.receives('shape', 1);
    if (call === undefined) throw new Error('nothing was received');
    const told = verified(call, secret);
    expect(call.headers['content-type']).toBe('application/json');
    expect(told.id).toMatch(/^evt_/);
    expect(told).toMatchObject({
      topic: 'message.received',
      data: {
        message: { direction: 'INBOUND', text: 'hello', from: { phoneNumber: customer.number, name: 'Ayu' } },
        conversation: { kind: 'DIRECT', contact: { phoneNumber: customer.number } },
        device: { id: device.id, phoneNumber: device.phone.number, status: 'CONNECTED' },
      },
    });
    await eventually(async () => (await deliveriesTo(subaccount, id))[0]).toMatchObject({
      id: call.id,
      status: 'SUCCEEDED',
      attemptCount: 1,
      body: call.body,
      attempts: [{ number: 1, statusCode: 200, response: 'thank you', error: null }],
    });
  });

  it('of one conversation is first tried in order and one by one, however many wait', async () => {
    const open = new Map<string, number>();
    const mostOpen: number[] = [];
    receiver.answer = (call, response) => {
      if (call.path !== '/order') {
        answers(200)(call, response);
        return;
      }
      const place = conversationOf(call);
      open.set(place, (open.get(place) ?? 0) + 1);
      mostOpen.push(open.get(place) ?? 0);
      // The first is the slowest: whatever does not wait for it overtakes it.
      setTimeout(() => {
        open.set(place, (open.get(place) ?? 0) - 1);
        answers(200)(call, response);
      }, 400 / mostOpen.length);
    };
    await createWebhook(subaccount, { url: receiver.url('order'), topics: ['MESSAGE_RECEIVED'] });
    const customers = [server.simulator.createPhone(), server.simulator.createPhone()];
    const texts = Array.from({ length: 8 }, (_each, index) => `n${index}`);
    for (const text of texts) {
      for (const customer of customers) await customer.sendText(device.phone.number, text);
    }
    const calls = await receiver.receives('order', texts.length * customers.length);
    const conversations = [...Map.groupBy(calls, conversationOf).values()];
    expect(conversations.map((own) => own.map(textOf))).toEqual([texts, texts]);
    expect(Math.max(...mostOpen)).toBe(1);
  });

  it('is not held up by an endpoint that never answers', async () => {
    receiver.answer = (call, response) =>
      call.path === '/hangs' ? hangs(call, response) : answers(200)(call, response);
    await createWebhook(subaccount, { url: receiver.url('hangs'), topics: ['MESSAGE_RECEIVED'] });
    await createWebhook(subaccount, { url: receiver.url('quick'), topics: ['MESSAGE_RECEIVED'] });
    const customer = server.simulator.createPhone();
    for (let index = 0; index < 5; index += 1) await customer.sendText(device.phone.number, `q${index}`);
    const quick = await receiver.receives('quick', 5);
    expect(quick.map(textOf).sort()).toEqual(['q0', 'q1', 'q2', 'q3', 'q4']);
    // One conversation's first try hangs, so its others wait; nothing else does.
    expect(receiver.callsTo('hangs')).toHaveLength(1);
  });
});

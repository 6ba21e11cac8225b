import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Phone } from '../../src/simulator/index.js';
import { eventually } from '../support/eventually.js';
import { FileServer } from '../support/file-server.js';
import { noticeMissingRedis, redisServerMissing, startRedisServer } from '../support/redis.js';
import { seed } from '../support/seed.js';
import type { SeededDevice } from '../support/seeded-device.js';
import { createAutomation, settledRuns } from '../support/seeded-automation.js';
import { createWebhook, deliveriesTo } from '../support/seeded-webhook.js';
import { startTestServer } from '../support/server.js';
import type { TestServer } from '../support/server.js';
import { answers, verified, WebhookReceiver } from '../support/webhook-receiver.js';

vi.setConfig({ testTimeout: 90_000, hookTimeout: 60_000 });
noticeMissingRedis(redisServerMissing);

const PATIENCE_MS = 60_000;
const PDF = Buffer.from('%PDF-1.7\n1 0 obj <<>> endobj\ntrailer <<>>\n%%EOF\n');

interface Backend extends AsyncDisposable {
  readonly env: Readonly<Record<string, string>>;
}

const backends = [
  {
    name: 'PostgreSQL',
    missing: null,
    start: async (): Promise<Backend> => ({ env: {}, [Symbol.asyncDispose]: async () => undefined }),
  },
  {
    name: 'Redis',
    missing: redisServerMissing,
    start: async (): Promise<Backend> => {
      const redis = await startRedisServer();
      return { env: { REDIS_URL: redis.url }, [Symbol.asyncDispose]: () => redis.stop() };
    },
  },
];

describe.each(backends)('with queues and hints on $name', ({ name, missing, start }) => {
  describe.skipIf(missing !== null)('everything is delivered', () => {
    let backend: Backend;
    let web: FileServer;
    let receiver: WebhookReceiver;
    let server: TestServer;
    let device: SeededDevice;
    let customer: Phone;
    beforeAll(async () => {
      backend = await start();
      receiver = await WebhookReceiver.start();
      web = await FileServer.start({ price: { type: 'application/pdf', data: PDF } });
      server = await startTestServer({ env: { OUTBOUND_ALLOW: '127.0.0.1/32', ...backend.env } });
      device = await seed(server).agency().subaccount().device({ connected: true });
    });
    beforeEach(() => {
      customer = server.simulator.createPhone();
    });
    afterAll(async () => {
      await server.stop();
      await web[Symbol.asyncDispose]();
      await receiver[Symbol.asyncDispose]();
      await backend[Symbol.asyncDispose]();
    });

    const arrives = (text: string) =>
      customer.waitForMessage((message) => message.text === text, PATIENCE_MS);

    it('runs on what it says', () => {
      expect(server.app.infrastructure.broker.kind).toBe(
        name.toLowerCase() === 'redis' ? 'redis' : 'postgres',
      );
    });

    it('a text, and its receipts come back', async () => {
      const { id } = await device.send({ to: customer.number, text: 'hello' });
      await arrives('hello');
      await device.messageBecomes(id, 'READ');
      expect(customer.inbox).toMatchObject([{ text: 'hello', copies: 1 }]);
    });

    it('what a customer writes, live to a watcher', async () => {
      const { id, api } = device.subaccount;
      const query = `subscription ($id: ID!) { messageReceived(subaccountId: $id) { message { text } } }`;
      const watch = api.follow<{ message: { text: string } }>('messageReceived', query, { id });
      await eventually(async () => {
        await customer.sendText(device.phone.number, 'anybody there?');
        return watch.items.length;
      }).toBeGreaterThan(0);
      watch.stop();
      expect((await device.messageWith('anybody there?')).direction).toBe('INBOUND');
    });

    it('a scheduled message, not before its time', async () => {
      const scheduledAt = new Date(Date.now() + 2_000);
      const { id, status } = await device.send({
        to: customer.number,
        text: 'now',
        scheduledAt: scheduledAt.toISOString(),
      });
      expect(status).toBe('SCHEDULED');
      await arrives('now');
      expect(Date.now()).toBeGreaterThanOrEqual(scheduledAt.getTime());
      await device.messageBecomes(id, 'READ');
    });

    it('a file, fetched by a worker', async () => {
      const media = { url: web.url('price'), fileName: 'price.pdf' };
      const { id } = await device.send({ to: customer.number, text: 'our prices', media });
      expect(customer.download(await arrives('our prices'))).toEqual(PDF);
      expect((await device.messageBecomes(id, 'READ')).media).toMatchObject({ state: 'AVAILABLE' });
    });

    it('what happens, to a webhook, also what was refused at first', async () => {
      const input = { url: receiver.url('hook'), topics: ['MESSAGE_RECEIVED'] };
      const { id, secret } = await createWebhook(device.subaccount, input);
      receiver.answer = (call, response) =>
        answers(receiver.callsTo('hook').length === 1 ? 503 : 200)(call, response);
      for (const text of ['first', 'second']) await customer.sendText(device.phone.number, text);
      const status = async () => (await deliveriesTo(device.subaccount, id)).map((each) => each.status);
      await expect.poll(status, { timeout: PATIENCE_MS }).toEqual(['SUCCEEDED', 'SUCCEEDED']);
      const told = receiver.callsTo('hook').map((call) => verified(call, secret).data['message']?.['text']);
      expect(told.toSorted()).toEqual(['first', 'first', 'second']);
      expect(new Set(receiver.callsTo('hook').map((call) => call.id)).size).toBe(2);
    });

    it('what a rule does: an answer, a wait, and a call of a server', async () => {
      receiver.answer = answers(200);
      await createAutomation(device.subaccount, {
        trigger: { kind: 'MESSAGE_MATCHES', keywords: ['rates'] },
        steps: [
          { kind: 'REPLY', text: 'one moment' },
          { kind: 'WAIT', seconds: 1 },
          { kind: 'CALL_WEBHOOK', url: receiver.url('rule') },
          { kind: 'REPLY', text: 'here they are' },
        ],
      });
      await customer.sendText(device.phone.number, 'your rates?');
      await arrives('one moment');
      await arrives('here they are');
      expect(receiver.callsTo('rule')).toHaveLength(1);
      const [run] = await settledRuns(device.subaccount, 1);
      expect(run).toMatchObject({ status: 'SUCCEEDED' });
      expect(customer.inbox.map(({ text, copies }) => [text, copies])).toEqual([
        ['one moment', 1],
        ['here they are', 1],
      ]);
    });

    it('what waited over a restart: texts, a file, and what a customer wrote meanwhile', async () => {
      const match = { number: device.phone.number };
      server.simulator.faults.add({ point: 'login', match, times: null, action: { kind: 'hang' } });
      await device.do('reconnectDevice');
      await device.becomes('CONNECTING');
      const ids: string[] = [];
      for (const text of ['one', 'two']) ids.push((await device.send({ to: customer.number, text })).id);
      const media = { url: web.url('price') };
      ids.push((await device.send({ to: customer.number, text: 'three', media })).id);
      await server.stopApp();
      server.simulator.faults.clear();
      await customer.sendText(device.phone.number, 'while you were away');
      await server.restart();

      await arrives('three');
      for (const id of ids) await device.messageBecomes(id, 'READ');
      expect(customer.inbox.map(({ text, copies }) => ({ text, copies }))).toEqual(
        ['one', 'two', 'three'].map((text) => ({ text, copies: 1 })),
      );
      await device.messageWith('while you were away');
      expect(server.simulator.ledger.reusedKeys()).toEqual([]);
      expect(server.simulator.ledger.doubleConnections()).toEqual([]);
    });
  });
});

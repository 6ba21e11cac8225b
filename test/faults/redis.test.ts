import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Phone } from '../../src/simulator/index.js';
import { FaultProxy } from '../support/fault-proxy.js';
import { FileServer } from '../support/file-server.js';
import { noticeMissingRedis, redisServerMissing, startRedisServer } from '../support/redis.js';
import type { RedisServer } from '../support/redis.js';
import { cursorOf, seed } from '../support/seed.js';
import type { SeededDevice } from '../support/seeded-device.js';
import { startFaultyServer, through } from './support/faulty-server.js';
import type { FaultyServer } from './support/faulty-server.js';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });
noticeMissingRedis(redisServerMissing);

const PDF = Buffer.from('%PDF-1.7\n1 0 obj <<>> endobj\ntrailer <<>>\n%%EOF\n');

describe.skipIf(redisServerMissing !== null)('a Redis', () => {
  let redis: RedisServer;
  let network: FaultProxy;
  let web: FileServer;
  let faulty: FaultyServer;
  let device: SeededDevice;
  let customer: Phone;
  beforeAll(async () => {
    redis = await startRedisServer();
    web = await FileServer.start({ price: { type: 'application/pdf', data: PDF } });
  });
  beforeEach(async () => {
    network = await FaultProxy.before({ host: '127.0.0.1', port: redis.port });
    const env = { OUTBOUND_ALLOW: '127.0.0.1/32' };
    faulty = await startFaultyServer({ env, redis: { url: through(redis.url, network) } });
    device = await seed(faulty.server).agency().subaccount().device({ connected: true });
    customer = faulty.simulator.createPhone();
  });
  afterEach(async () => {
    await faulty[Symbol.asyncDispose]();
    await network.close();
    await redis.flush();
  });
  afterAll(async () => {
    await redis.stop();
    await web[Symbol.asyncDispose]();
  });

  const arrives = (text: string) => customer.waitForMessage((message) => message.text === text, 60_000);

  it.each(['refuses', 'is silent'])(
    'that %s costs time alone: the API accepts, sweeps send, watchers watch',
    async (how) => {
      const { id, api } = device.subaccount;
      const query = `subscription ($id: ID!, $after: EventCursor) {
        messageReceived(subaccountId: $id, after: $after) { message { text } } }`;
      const after = await cursorOf(device.subaccount);
      const watch = api.follow<{ message: { text: string } }>('messageReceived', query, { id, after });
      if (how === 'refuses') network.down();
      else network.swallow();

      const { id: sent } = await device.send({ to: customer.number, text: 'no matter' });
      await arrives('no matter');
      await device.messageBecomes(sent, 'READ');
      await customer.sendText(device.phone.number, 'same here');
      await watch.first(({ message }) => message.text === 'same here');
      watch.stop();
      network.pass();
      // What hung until now is cut in the end, as a real network does.
      network.reset();
      await device.send({ to: customer.number, text: 'back to normal' });
      await arrives('back to normal');
      expect(customer.inbox.map(({ copies }) => copies)).toEqual([1, 1]);
    },
  );

  it('that comes back empty has lost nothing: what was queued is found again', async () => {
    network.down();
    const { id } = await device.send({
      to: customer.number,
      text: 'our prices',
      media: { url: web.url('price') },
    });
    await redis.flush();
    network.pass();
    await arrives('our prices');
    await device.messageBecomes(id, 'READ');
    expect(customer.download(customer.inbox[0] ?? expect.fail())).toEqual(PDF);
  });

  it('that is emptied under load loses nothing: all arrive, once and in order', async () => {
    const texts = Array.from({ length: 20 }, (_, number) => `number ${String(number)}`);
    for (const text of texts) {
      await device.send({ to: customer.number, text });
      await redis.flush();
    }
    await arrives('number 19');
    expect(customer.inbox.map(({ text, copies }) => ({ text, copies }))).toEqual(
      texts.map((text) => ({ text, copies: 1 })),
    );
    // Its schedules were lost, too; they are set up again.
    await device.send({ to: customer.number, text: 'and a file', media: { url: web.url('price') } });
    await arrives('and a file');
  });
});

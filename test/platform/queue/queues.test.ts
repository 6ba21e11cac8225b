import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { kernelErrors } from '../../../src/kernel/errors.js';
import type { Broker } from '../../../src/platform/queue/broker.js';
import {
  MAINTENANCE_QUEUE,
  MEDIA_QUEUE,
  parseJob,
  wakeQueue,
} from '../../../src/platform/queue/job-contracts.js';
import type { Job, JobData } from '../../../src/platform/queue/job-contracts.js';
import { Queues } from '../../../src/platform/queue/queues.js';
import { eventually, redisMissing, startPostgresBackend, startRedisBackend } from './backends.js';
import type { Backend } from './backends.js';
import { silentLogger } from '../../support/database.js';

const newDevice = (): JobData<'wake', 'device.drain'> => ({
  agencyId: randomUUID(),
  subaccountId: randomUUID(),
  deviceId: randomUUID(),
});
const newMessage = (): JobData<'media', 'media.fetch'> => ({ ...newDevice(), messageId: randomUUID() });

/** A promise that the test settles. */
function gate(): { readonly opened: Promise<void>; open(): void } {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open };
}

function queueSuite(start: () => Promise<Backend>): void {
  let backend: Backend;
  let broker: Broker;
  let queues: Queues;
  let node: string;

  beforeAll(async () => {
    backend = await start();
  });
  afterAll(() => backend.stop());
  beforeEach(async () => {
    broker = await backend.open();
    queues = new Queues(broker, silentLogger);
    node = randomUUID();
  });
  afterEach(async () => {
    await queues.close();
    for (const name of await broker.queueNames('')) await broker.removeQueue(name);
    await broker.close();
  });

  it('hands a job to its consumer, parsed', async () => {
    const seen: Job<'media'>[] = [];
    const data = newMessage();
    await queues.add(MEDIA_QUEUE, 'media.fetch', data);
    queues.consume(MEDIA_QUEUE, async (job) => void seen.push(job), { concurrency: 1 });
    await eventually(() => seen.length === 1);
    expect(seen).toEqual([{ name: 'media.fetch', data, attempt: 1 }]);
  });

  it('hands a job to a consumer in another process', async () => {
    const otherBroker = await backend.open();
    const other = new Queues(otherBroker, silentLogger);
    const seen: string[] = [];
    other.consume(wakeQueue(node), async (job) => void seen.push(job.data.deviceId), { concurrency: 1 });
    const device = newDevice();
    await queues.wake(node, 'device.drain', device);
    await eventually(() => seen.length === 1);
    expect(seen).toEqual([device.deviceId]);
    await other.close();
    await otherBroker.close();
  });

  it('refuses a payload that breaks the contract, and drops what is not part of it', async () => {
    const bad = { ...newMessage(), messageId: 'not an id' };
    await expect(queues.add(MEDIA_QUEUE, 'media.fetch', bad)).rejects.toThrow(/UUID/i);
    const seen: object[] = [];
    const data = newMessage();
    await queues.add(MEDIA_QUEUE, 'media.fetch', { ...data, ...{ text: 'hello\u0000' } });
    queues.consume(MEDIA_QUEUE, async (job) => void seen.push(job.data), { concurrency: 1 });
    await eventually(() => seen.length === 1);
    expect(seen).toEqual([data]);
  });

  it('makes one run of many wake-ups that wait', async () => {
    const device = newDevice();
    for (let i = 0; i < 5; i += 1) await queues.wake(node, 'device.drain', device);
    await queues.wake(node, 'device.reconcile', device);
    const seen: string[] = [];
    queues.consume(wakeQueue(node), async (job) => void seen.push(job.name), { concurrency: 1 });
    await eventually(async () => await isEmpty(wakeQueue(node).name));
    expect(seen.sort()).toEqual(['device.drain', 'device.reconcile']);
  });

  it('runs once more, and never twice at once, when woken while it runs', async () => {
    const device = newDevice();
    const first = gate();
    let runs = 0;
    let running = 0;
    let most = 0;
    queues.consume(
      wakeQueue(node),
      async () => {
        runs += 1;
        running += 1;
        most = Math.max(most, running);
        if (runs === 1) await first.opened;
        running -= 1;
      },
      { concurrency: 5 },
    );
    await queues.wake(node, 'device.drain', device);
    await eventually(() => runs === 1);
    for (let i = 0; i < 5; i += 1) await queues.wake(node, 'device.drain', device);
    first.open();
    await eventually(async () => runs === 2 && (await isEmpty(wakeQueue(node).name)));
    expect(most).toBe(1);
  });

  it('does not let a delayed wake-up swallow an immediate one', async () => {
    const device = newDevice();
    await queues.wake(node, 'device.drain', device, 60_000);
    await queues.wake(node, 'device.drain', device);
    let runs = 0;
    queues.consume(wakeQueue(node), async () => void (runs += 1), { concurrency: 1 });
    await eventually(() => runs === 1);
  });

  it('delivers a delayed wake-up, not before its time', async () => {
    const device = newDevice();
    let ranAt = 0;
    queues.consume(wakeQueue(node), async () => void (ranAt = Date.now()), { concurrency: 1 });
    const addedAt = Date.now();
    await queues.wake(node, 'device.drain', device, 300);
    await eventually(() => ranAt > 0);
    expect(ranAt - addedAt).toBeGreaterThanOrEqual(295);
    await expect(queues.wake(node, 'device.drain', device, 60_001)).rejects.toThrow(RangeError);
  });

  it('tries again after a failure, and counts', async () => {
    const attempts: number[] = [];
    queues.consume(
      MEDIA_QUEUE,
      async (job) => {
        attempts.push(job.attempt);
        if (attempts.length === 1) throw new Error('connection reset');
      },
      { concurrency: 1 },
    );
    await queues.add(MEDIA_QUEUE, 'media.fetch', newMessage());
    await eventually(() => attempts.length === 2);
    expect(attempts).toEqual([1, 2]);
  });

  it('gives up at once on an error that cannot get better', async () => {
    let runs = 0;
    queues.consume(
      MEDIA_QUEUE,
      async () => {
        runs += 1;
        throw kernelErrors.NOT_FOUND();
      },
      { concurrency: 1 },
    );
    await queues.add(MEDIA_QUEUE, 'media.fetch', newMessage());
    await eventually(async () => (await counts(MEDIA_QUEUE.name))['failed'] === 1);
    expect(runs).toBe(1);
    expect((await counts(MEDIA_QUEUE.name))['delayed']).toBe(0);
  });

  it('repeats a scheduled job, and replaces the schedule of the same id', async () => {
    let runs = 0;
    const job = { name: 'events.trim', data: {} } as const;
    await queues.schedule(MAINTENANCE_QUEUE, 'trim', { cron: '0 3 * * *', timezone: 'UTC' }, job);
    await queues.schedule(MAINTENANCE_QUEUE, 'trim', { everyMs: 100 }, job);
    queues.consume(MAINTENANCE_QUEUE, async () => void (runs += 1), { concurrency: 1 });
    await eventually(() => runs >= 3);
  });

  it('finishes the running job before it closes', async () => {
    const started = gate();
    const finish = gate();
    let finished = false;
    const consumer = queues.consume(
      wakeQueue(node),
      async () => {
        started.open();
        await finish.opened;
        finished = true;
      },
      { concurrency: 1 },
    );
    await queues.wake(node, 'device.drain', newDevice());
    await started.opened;
    const closing = consumer.close();
    finish.open();
    await closing;
    expect(finished).toBe(true);
  });

  it('removes the queues of dead processes and leaves those of living ones', async () => {
    const dead = randomUUID();
    await queues.wake(dead, 'device.drain', newDevice());
    await queues.wake(node, 'device.drain', newDevice());
    await queues.add(MEDIA_QUEUE, 'media.fetch', newMessage());
    expect(await queues.removeDeadNodes(new Set([node]))).toEqual([dead]);
    expect([...(await broker.queueNames(''))].sort()).toEqual(
      [MEDIA_QUEUE.name, wakeQueue(node).name].sort(),
    );
    expect((await counts(wakeQueue(node).name))['waiting']).toBe(1);
  });

  it('survives the loss of its store: hints are dropped, adds are refused, and it can still close', async () => {
    const doomed = await start();
    const lostBroker = await doomed.open();
    const lost = new Queues(lostBroker, silentLogger);
    await lost.add(MEDIA_QUEUE, 'media.fetch', newMessage());
    let runs = 0;
    lost.consume(MEDIA_QUEUE, async () => void (runs += 1), { concurrency: 1 });
    await eventually(() => runs === 1);
    await doomed.stop();
    await lost.wake(node, 'device.drain', newDevice());
    await expect(lost.add(MEDIA_QUEUE, 'media.fetch', newMessage())).rejects.toMatchObject({
      reason: 'QUEUE_UNAVAILABLE',
    });
    await lost.close();
    await lostBroker.close();
  });

  async function counts(name: string): Promise<Record<string, number>> {
    const queue = broker.queue(name);
    try {
      return await queue.getJobCounts();
    } finally {
      await queue.close();
    }
  }

  async function isEmpty(name: string): Promise<boolean> {
    const all = await counts(name);
    return Object.values(all).every((count) => count === 0);
  }
}

describe('the queues on PostgreSQL', () => queueSuite(startPostgresBackend));

describe.skipIf(redisMissing !== null)('the queues on Redis', () => queueSuite(startRedisBackend));

describe('a job', () => {
  it('of an unknown name is refused', () => {
    expect(() => parseJob('media', 'media.burn', newMessage(), 1)).toThrow(/unknown job/);
  });

  it('may carry fields that this version does not know', () => {
    const data = newMessage();
    expect(parseJob('media', 'media.fetch', { ...data, later: 1 }, 1).data).toEqual(data);
  });
});

import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { Hints } from '../../../src/platform/pubsub/hints.js';
import type { Broker } from '../../../src/platform/queue/broker.js';
import { eventually, redisMissing, startPostgresBackend, startRedisBackend } from '../queue/backends.js';
import type { Backend } from '../queue/backends.js';
import { silentLogger } from '../../support/database.js';

const NEVER_MS = 1_000_000;

function hintSuite(start: () => Promise<Backend>): void {
  let backend: Backend;
  const open: { hints: Hints; broker: Broker }[] = [];

  /** A process of its own, as far as hints go. */
  async function node(pollMs = NEVER_MS): Promise<Hints> {
    const broker = await backend.open();
    const hints = await Hints.open(broker, silentLogger, { pollMs });
    open.push({ hints, broker });
    return hints;
  }

  beforeAll(async () => {
    backend = await start();
  });
  afterAll(() => backend.stop());
  afterEach(async () => {
    for (const { hints, broker } of open.splice(0)) {
      await hints.close();
      await broker.close();
    }
  });

  it('reaches listeners in other processes, and only those of the topic', async () => {
    const [here, there] = [await node(), await node()];
    const heard: string[] = [];
    there.subscribe('stream:a', () => heard.push('a'));
    there.subscribe('stream:b', () => heard.push('b'));
    here.publish('stream:a');
    await eventually(() => heard.length > 0);
    expect(heard).toEqual(['a']);
  });

  it('reaches a listener in the same process at once, and once', async () => {
    const [here, there] = [await node(), await node()];
    let heard = 0;
    let heardThere = 0;
    here.subscribe('stream:a', () => (heard += 1));
    there.subscribe('stream:a', () => (heardThere += 1));
    here.publish('stream:a');
    expect(heard).toBe(1);
    await eventually(() => heardThere === 1);
    there.publish('echo');
    const echoed = new Promise<void>((resolve) => void here.subscribe('echo', resolve));
    await echoed;
    expect(heard).toBe(1);
  });

  it('sends many hints of one moment as one', async () => {
    const [here, there] = [await node(), await node()];
    let heard = 0;
    there.subscribe('stream:a', () => (heard += 1));
    const last = new Promise<void>((resolve) => void there.subscribe('last', resolve));
    for (let i = 0; i < 1_000; i += 1) here.publish('stream:a');
    here.publish('last');
    await last;
    expect(heard).toBe(1);
  });

  it('carries more topics than fit into one message', async () => {
    const [here, there] = [await node(), await node()];
    const heard = new Set<number>();
    for (let i = 0; i < 2_500; i += 1) {
      there.subscribe(`revoked:${i}`, () => heard.add(i));
      here.publish(`revoked:${i}`);
    }
    await eventually(() => heard.size === 2_500);
  });

  it('stops at the end of the subscription, for that listener alone', async () => {
    const here = await node();
    let first = 0;
    let second = 0;
    const listener = (): void => void (first += 1);
    const end = here.subscribe('stream:a', listener);
    here.subscribe('stream:a', () => (second += 1));
    end();
    end();
    here.publish('stream:a');
    expect([first, second]).toEqual([0, 1]);
  });

  it('keeps calling others when one listener throws', async () => {
    const here = await node();
    let heard = 0;
    here.subscribe('stream:a', () => {
      throw new Error('broken');
    });
    here.subscribe('stream:a', () => (heard += 1));
    here.publish('stream:a');
    expect(heard).toBe(1);
  });

  it('calls listeners from time to time without any hint, so that a lost one heals', async () => {
    const here = await node(20);
    let heard = 0;
    here.subscribe('stream:a', () => (heard += 1));
    await eventually(() => heard >= 3);
  });

  it('survives the loss of its store: listeners are polled, and it can still close', async () => {
    const doomed = await start();
    const broker = await doomed.open();
    const hints = await Hints.open(broker, silentLogger, { pollMs: 20 });
    let heard = 0;
    hints.subscribe('stream:a', () => (heard += 1));
    await doomed.stop();
    hints.publish('stream:b');
    const before = heard;
    await eventually(() => heard >= before + 3);
    await hints.close();
    await broker.close();
  });
}

describe('hints through PostgreSQL', () => hintSuite(startPostgresBackend));

describe.skipIf(redisMissing !== null)('hints through Redis', () => hintSuite(startRedisBackend));

describe('hints through a store that is short of time', () => {
  const FOR_MS = 2_000;

  afterEach(() => {
    vi.useRealTimers();
  });

  /** How many messages carry the news of two seconds when the store takes so long for each. */
  async function messagesWhen(tookMs: number): Promise<number> {
    vi.useFakeTimers();
    const publish = vi.fn(() => new Promise<void>((resolve) => setTimeout(resolve, tookMs)));
    const done = (): Promise<void> => Promise.resolve();
    const relay = { on: () => relay, waitUntilReady: done, subscribe: done, publish, close: done };
    const broker = { isReady: true, relay: () => relay } as unknown as Broker;
    const hints = await Hints.open(broker, silentLogger, { pollMs: NEVER_MS });
    const news = setInterval(() => hints.publish('stream:a'), 10);
    await vi.advanceTimersByTimeAsync(FOR_MS);
    clearInterval(news);
    const messages = publish.mock.calls.length;
    const closing = hints.close();
    await vi.advanceTimersByTimeAsync(10 * tookMs);
    await closing;
    return messages;
  }

  it('leaves it most of its time', async () => {
    expect(await messagesWhen(5)).toBeGreaterThan(15);
    expect(await messagesWhen(100)).toBeLessThanOrEqual(5);
  });
});

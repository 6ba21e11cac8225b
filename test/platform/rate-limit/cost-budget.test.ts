import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LoginLimiter } from '../../../src/modules/identity/index.js';
import type { Broker } from '../../../src/platform/queue/broker.js';
import { CostBudget } from '../../../src/platform/rate-limit/cost-budget.js';
import { redisMissing, startPostgresBackend, startRedisBackend } from '../queue/backends.js';

type Backend = Awaited<ReturnType<typeof startRedisBackend>>;

function useTwoProcesses(startBackend: () => Promise<Backend>): {
  readonly one: Broker;
  readonly other: Broker;
} {
  const brokers: Broker[] = [];
  let backend: Backend;
  beforeAll(async () => {
    backend = await startBackend();
    brokers.push(await backend.open(), await backend.open());
  });
  afterAll(async () => {
    for (const broker of brokers) await broker.close();
    await backend.stop();
  });
  const brokerAt = (index: number): Broker => {
    const broker = brokers[index];
    if (broker === undefined) throw new Error('the backend did not start');
    return broker;
  };
  return {
    get one() {
      return brokerAt(0);
    },
    get other() {
      return brokerAt(1);
    },
  };
}

describe.skipIf(redisMissing !== null)('on Redis', () => {
  const processes = useTwoProcesses(startRedisBackend);

  it('two processes take from one budget', async () => {
    const one = new CostBudget(100, processes.one.rateLimiter);
    const other = new CostBudget(100, processes.other.rateLimiter);
    expect(await one.charge('token', 60)).toMatchObject({ requested: 60, limit: 100, remaining: 40 });
    await expect(other.charge('token', 60)).rejects.toMatchObject({ reason: 'RATE_LIMITED' });
    expect(await other.charge('another token', 60)).toMatchObject({ remaining: 40 });
  });

  it('two processes count the tries of one login', async () => {
    const one = new LoginLimiter(processes.one.rateLimiter);
    const other = new LoginLimiter(processes.other.rateLimiter);
    for (let index = 0; index < 10; index += 1) {
      await (index % 2 === 0 ? one : other).countTry('a@example.com', '203.0.113.7');
    }
    await expect(one.countTry('a@example.com', '203.0.113.7')).rejects.toMatchObject({
      reason: 'RATE_LIMITED',
    });
    await expect(other.countTry('a@example.com', '203.0.113.7')).rejects.toMatchObject({
      reason: 'RATE_LIMITED',
    });
  });
});

describe.skipIf(redisMissing !== null)('on a Redis that has gone', () => {
  it('each process goes on with a budget of its own', async () => {
    const backend = await startRedisBackend();
    const broker = await backend.open();
    const budget = new CostBudget(100, broker.rateLimiter);
    await broker.close();
    expect(await budget.charge('token', 60)).toMatchObject({ remaining: 40 });
    await expect(budget.charge('token', 60)).rejects.toMatchObject({ reason: 'RATE_LIMITED' });
    await backend.stop();
  });
});

describe('on PostgreSQL', () => {
  const processes = useTwoProcesses(startPostgresBackend);

  it('each process counts for itself', async () => {
    const budgets = [processes.one, processes.other].map((broker) => new CostBudget(100, broker.rateLimiter));
    for (const budget of budgets) expect(await budget.charge('token', 60)).toMatchObject({ remaining: 40 });
  });
});

describe('a budget', () => {
  const processes = useTwoProcesses(startPostgresBackend);

  it('of none is no limit, and the operator has none', async () => {
    const free = new CostBudget(0, processes.one.rateLimiter);
    for (let index = 0; index < 50; index += 1)
      expect(await free.charge('token', 9_000)).toEqual({ requested: 9_000 });
    const tight = new CostBudget(1, processes.one.rateLimiter);
    expect(await tight.charge(null, 9_000)).toEqual({ requested: 9_000 });
  });
});

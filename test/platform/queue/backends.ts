import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import type { Broker } from '../../../src/platform/queue/broker.js';
import { PostgresBroker } from '../../../src/platform/queue/postgres-broker.js';
import { RedisBroker } from '../../../src/platform/queue/redis-broker.js';
import { copyTemplate, silentLogger } from '../../support/database.js';
import { noticeMissingRedis, redisServerMissing, startRedisServer } from '../../support/redis.js';

/** One of the two stores that BullMQ runs on, started for a test file. */
export interface Backend {
  /** A broker of its own, as another process would have. */
  open(): Promise<Broker>;
  stop(): Promise<void>;
}

/** A migrated database; it is lost when it stops. */
export async function startPostgresBackend(): Promise<Backend> {
  const { app, drop } = await copyTemplate();
  return { open: () => PostgresBroker.open(app, silentLogger), stop: drop };
}

/** Why the Redis half cannot run here, or null. */
export const redisMissing: string | null =
  process.env['REDIS_TEST_URL'] !== undefined || redisServerMissing === null
    ? null
    : `${redisServerMissing} and no REDIS_TEST_URL`;
noticeMissingRedis(redisMissing);

export async function startRedisBackend(): Promise<Backend> {
  const given = process.env['REDIS_TEST_URL'];
  const server = given === undefined ? await startRedisServer() : null;
  const url = given ?? server?.url ?? '';
  const prefix = `test-${randomUUID()}`;
  return {
    open: () => RedisBroker.open(url, silentLogger, prefix),
    stop: async () => {
      if (server === null) await removeKeys(url, prefix);
      else await server.stop();
    },
  };
}

async function removeKeys(url: string, prefix: string): Promise<void> {
  const redis = new Redis(url);
  const keys = await redis.keys(`${prefix}:*`);
  if (keys.length > 0) await redis.del(keys);
  await redis.quit();
}

/** Waits until `condition` holds. */
export async function eventually(
  condition: () => boolean | Promise<boolean>,
  timeoutMs = 30_000,
): Promise<void> {
  const until = performance.now() + timeoutMs;
  while (!(await condition())) {
    if (performance.now() > until) throw new Error(`not within ${timeoutMs} ms: ${condition.toString()}`);
    await delay(10);
  }
}

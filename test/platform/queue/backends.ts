import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { accessSync, constants } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import type { Broker } from '../../../src/platform/queue/broker.js';
import { PostgresBroker } from '../../../src/platform/queue/postgres-broker.js';
import { RedisBroker } from '../../../src/platform/queue/redis-broker.js';
import { copyTemplate, silentLogger } from '../../support/database.js';

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

const REDIS_SERVER = 'redis-server';

/** Why the Redis half cannot run here, or null. REDIS_REQUIRED makes that a failure instead of a notice. */
export const redisMissing: string | null =
  process.env['REDIS_TEST_URL'] !== undefined || isOnPath(REDIS_SERVER)
    ? null
    : 'no redis-server on the PATH and no REDIS_TEST_URL';

if (redisMissing !== null) {
  const notice = `The tests on Redis did not run: ${redisMissing}.`;
  if (process.env['REDIS_REQUIRED'] !== undefined) throw new Error(notice);
  process.stderr.write(`\n${notice}\n`);
}

export async function startRedisBackend(): Promise<Backend> {
  const given = process.env['REDIS_TEST_URL'];
  const server = given === undefined ? await startRedis() : null;
  const url = given ?? `redis://127.0.0.1:${server?.port ?? 0}`;
  const prefix = `test-${randomUUID()}`;
  return {
    open: () => RedisBroker.open(url, silentLogger, prefix),
    stop: async () => {
      if (server === null) await removeKeys(url, prefix);
      else await server.stop();
    },
  };
}

async function startRedis(): Promise<{ port: number; stop(): Promise<void> }> {
  const port = await freePort();
  const options = ['--port', `${port}`, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
  const child: ChildProcess = spawn(REDIS_SERVER, options, { stdio: 'ignore', cwd: tmpdir() });
  const exited = once(child, 'exit');
  const probe = new Redis(port, '127.0.0.1', { retryStrategy: () => 50, maxRetriesPerRequest: 100 });
  probe.on('error', () => undefined);
  await Promise.race([
    probe.ping(),
    exited.then(() => Promise.reject(new Error('redis-server did not start'))),
  ]);
  probe.disconnect();
  return {
    port,
    stop: async () => {
      child.kill('SIGTERM');
      await exited;
    },
  };
}

async function removeKeys(url: string, prefix: string): Promise<void> {
  const redis = new Redis(url);
  const keys = await redis.keys(`${prefix}:*`);
  if (keys.length > 0) await redis.del(keys);
  await redis.quit();
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

function isOnPath(program: string): boolean {
  return (process.env['PATH'] ?? '').split(path.delimiter).some((folder) => {
    try {
      accessSync(path.join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** Waits until `condition` holds. */
export async function eventually(
  condition: () => boolean | Promise<boolean>,
  timeoutMs = 15_000,
): Promise<void> {
  const until = performance.now() + timeoutMs;
  while (!(await condition())) {
    if (performance.now() > until) throw new Error(`not within ${timeoutMs} ms: ${condition.toString()}`);
    await delay(10);
  }
}

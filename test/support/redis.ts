import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Redis } from 'ioredis';

const REDIS_SERVER = 'redis-server';

/** Why no Redis can be started here, or null. */
export const redisServerMissing: string | null = isOnPath(REDIS_SERVER)
  ? null
  : `no ${REDIS_SERVER} on the PATH`;

/** REDIS_REQUIRED makes a failure of what else is a notice. */
export function noticeMissingRedis(missing: string | null): void {
  if (missing === null) return;
  const notice = `The tests on Redis did not run: ${missing}.`;
  if (process.env['REDIS_REQUIRED'] !== undefined) throw new Error(notice);
  process.stderr.write(`\n${notice}\n`);
}

export interface RedisServer {
  readonly port: number;
  readonly pid: number;
  readonly url: string;
  /** Everything in it is gone. */
  flush(): Promise<void>;
  stop(): Promise<void>;
}

const IN_MEMORY = ['--save', '', '--appendonly', 'no', '--maxmemory-policy', 'noeviction'];

/** A Redis that keeps nothing on disk, on a port of its own. Beyond loopback it needs `host`, the address of a network of the tests. */
export async function startRedisServer(host = '127.0.0.1'): Promise<RedisServer> {
  const port = await freePort();
  const options = ['--port', `${port}`, '--bind', host, '--protected-mode', 'no', ...IN_MEMORY];
  const child = spawn(REDIS_SERVER, options, { stdio: 'ignore', cwd: tmpdir() });
  const exited = once(child, 'exit');
  const failed = exited.then(() => Promise.reject(new Error('redis-server did not start')));
  failed.catch(() => undefined);
  const client = new Redis(port, host, { retryStrategy: () => 50, maxRetriesPerRequest: 100 });
  client.on('error', () => undefined);
  await Promise.race([client.ping(), failed]);
  return {
    port,
    pid: child.pid ?? 0,
    url: `redis://${host}:${String(port)}`,
    flush: async () => {
      await client.flushall();
    },
    stop: async () => {
      client.disconnect();
      child.kill('SIGTERM');
      await exited;
    },
  };
}

/** A port that nobody used a moment ago. */
export async function freePort(): Promise<number> {
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

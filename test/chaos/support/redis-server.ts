import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { endWithMe } from './last-will.js';

/** A Redis that keeps nothing on disk, on a port of its own. */
export async function startRedis(
  host = '127.0.0.1',
): Promise<{ readonly url: string; stop(): Promise<void> }> {
  const port = await freePort();
  const settings = [
    '--bind',
    host,
    '--protected-mode',
    'no',
    '--save',
    '',
    '--appendonly',
    'no',
    '--maxmemory-policy',
    'noeviction',
  ];
  const child = spawn('redis-server', ['--port', String(port), ...settings], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const takeBack = endWithMe(child.pid, 'SIGTERM');
  const exited = once(child, 'exit');
  void exited.then(takeBack);
  const ready = new Promise<void>((resolve) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (line.includes('Ready to accept connections')) resolve();
    });
  });
  const failed = exited.then(() => {
    throw new Error('redis-server did not start');
  });
  failed.catch(() => undefined);
  await Promise.race([ready, failed]);
  return {
    url: `redis://${host}:${port}`,
    stop: async () => {
      child.kill();
      await exited;
    },
  };
}

/** A port that nobody used a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('the port is not known');
  return address.port;
}

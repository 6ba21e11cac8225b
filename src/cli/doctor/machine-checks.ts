import { existsSync } from 'node:fs';
import { access, constants, statfs } from 'node:fs/promises';
import { connect as connectTcp } from 'node:net';
import path from 'node:path';
import type { Config } from '../../config/config.js';
import { inspectRedis } from '../../platform/queue/inspect-redis.js';
import { graphqlUrl } from '../operator-client.js';
import type { Diagnosis } from './finding.js';

const BYTES_PER_GIB = 1024 ** 3;
const MIN_FREE_BYTES = BYTES_PER_GIB;
const REACH_TIMEOUT_MS = 5_000;

export async function examineDisk({ dataDir }: Config): Promise<Diagnosis> {
  const folder = existingFolder(dataDir);
  await access(folder, constants.W_OK);
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  const fact = `${(free / BYTES_PER_GIB).toFixed(1)} GiB free for ${dataDir}`;
  if (free >= MIN_FREE_BYTES) return { fact };
  return { fact, problem: 'free at least 1 GiB: a full disk stops all sending' };
}

/** The data folder, or what it will be made in. */
function existingFolder(folder: string): string {
  return existsSync(folder) ? folder : existingFolder(path.dirname(folder));
}

/** A server that does not run is no fault: doctor is also asked before the first start. */
export async function examineServer(): Promise<Diagnosis> {
  const url = new URL('/health/ready', graphqlUrl(undefined));
  const response = await fetch(url, { signal: AbortSignal.timeout(REACH_TIMEOUT_MS) }).catch(() => null);
  if (response === null) return { fact: `not running on ${url.host}` };
  if (response.ok) return { fact: `ready on ${url.host}` };
  return { fact: `running on ${url.host}, but not ready`, problem: await response.text() };
}

export async function examineRedis({ redisUrl }: Config): Promise<Diagnosis> {
  if (redisUrl === null) return { fact: 'not configured: queues and hints run on PostgreSQL' };
  return { fact: `Redis ${await inspectRedis(redisUrl)} on ${new URL(redisUrl).host}` };
}

export async function examineWhatsApp({ whatsapp }: Config): Promise<Diagnosis> {
  const url = new URL(whatsapp.websocketUrl);
  const startedAt = performance.now();
  await reach(url);
  return { fact: `${url.host} answers in ${(performance.now() - startedAt).toFixed(0)} ms` };
}

function reach(url: URL): Promise<void> {
  const port = Number(url.port || (url.protocol === 'wss:' ? 443 : 80));
  return new Promise<void>((resolve, reject) => {
    const socket = connectTcp({ host: url.hostname, port, timeout: REACH_TIMEOUT_MS });
    const fail = (error: Error): void => {
      socket.destroy();
      reject(new Error(`${url.host}: ${error.message}; check DNS and the firewall`));
    };
    socket.once('connect', () => {
      socket.destroy();
      resolve();
    });
    socket.once('error', fail);
    socket.once('timeout', () => fail(new Error('no answer')));
  });
}

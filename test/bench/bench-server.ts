import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { systemClock } from '../../src/kernel/clock.js';
import type { DatabaseConnection } from '../../src/platform/database/connection.js';
import { migrateDatabase } from '../../src/platform/database/migrator.js';
import { startEmbeddedPostgres } from '../../src/platform/embedded-postgres/embedded-postgres.js';

import { databaseUrl } from '../support/database-url.js';
import { freePort, startRedisServer } from '../support/redis.js';

/** What `npm start` runs; built before. */
const SERVER = fileURLToPath(new URL('../../dist/src/main.js', import.meta.url));

/** As pino counts. */
const LEVEL_ERROR = 50;

interface BenchServerOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Job queues and hints on a Redis of its own. */
  readonly redis?: boolean;
  /** Folder for CPU profiles of the server, written when it stops. */
  readonly profileDir?: string | undefined;
  /** PostgreSQL settings on top of the product's. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** The product as `npm start` runs it, in a process of its own, on a new embedded PostgreSQL with its durable settings. */
export interface BenchServer extends AsyncDisposable {
  /** The GraphQL endpoint. */
  readonly url: string;
  readonly operatorKey: string;
  readonly owner: DatabaseConnection;
  readonly app: DatabaseConnection;
  /** Of the product's own process. */
  pid(): number;
  /** Of all processes: the product's, PostgreSQL and Redis. */
  pids(): readonly number[];
  stop(): Promise<void>;
  /** After a stop; resolves when it says that it has started. */
  start(): Promise<void>;
}

export async function startBenchServer(options: BenchServerOptions = {}): Promise<BenchServer> {
  await using stack = new AsyncDisposableStack();
  const dataDir = await mkdtemp(path.join(tmpdir(), 'trunkline-bench-'));
  stack.defer(() => rm(dataDir, { recursive: true, force: true }));
  const postgres = await startEmbeddedPostgres({ dataDir, settings: options.settings ?? {} });
  stack.defer(() => postgres.stop());
  const { ownerConnection: owner, appConnection: app } = postgres;
  await migrateDatabase({ owner, appRole: app.user, clock: systemClock });
  const redis = options.redis === true ? await startRedisServer() : null;
  if (redis !== null) stack.defer(() => redis.stop());
  const operatorKey = randomBytes(24).toString('hex');
  const port = await freePort();
  const env = {
    DATABASE_URL: databaseUrl(app),
    ...(redis !== null && { REDIS_URL: redis.url }),
    MASTER_KEY: randomBytes(32).toString('base64'),
    OPERATOR_KEY: operatorKey,
    DATA_DIR: dataDir,
    PORT: String(port),
    DEFAULT_PACING: 'off',
    API_COST_PER_MINUTE: '0',
    LOG_LEVEL: 'info',
    LOG_FORMAT: 'json',
    ...options.env,
  };
  let running = await startProcess(env, options.profileDir);
  stack.defer(() => running.stop());
  const opened = stack.move();
  return {
    url: `http://127.0.0.1:${port}/graphql`,
    operatorKey,
    owner,
    app,
    pid: () => running.pid,
    pids: () => [running.pid, postgres.pid, ...(redis === null ? [] : [redis.pid])],
    stop: () => running.stop(),
    start: async () => {
      running = await startProcess(env, options.profileDir);
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

interface ServerProcess {
  readonly pid: number;
  stop(): Promise<void>;
}

async function startProcess(
  env: Readonly<Record<string, string>>,
  profileDir: string | undefined,
): Promise<ServerProcess> {
  const profiling = profileDir === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profileDir}`];
  const child = spawn(process.execPath, [...profiling, SERVER], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  const stop = async (): Promise<void> => {
    child.kill();
    await ended;
  };
  const died = ended.then(() => {
    throw new Error('the server did not start');
  });
  // Later it ends because it was told to.
  died.catch(() => undefined);
  const started = new Promise<void>((resolve) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const { level, msg } = JSON.parse(line) as { level: number; msg: string };
      if (level >= LEVEL_ERROR) process.stderr.write(`${line}\n`);
      if (msg === 'started') resolve();
    });
  });
  await Promise.race([started, died]);
  return { pid: child.pid ?? 0, stop };
}

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

/** What `npm start` runs; built before. */
const SERVER = fileURLToPath(new URL('../../dist/src/main.js', import.meta.url));

/** As pino counts. */
const LEVEL_ERROR = 50;

interface BenchServerOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Folder for a CPU profile of the server, written when it stops. */
  readonly profileDir?: string | undefined;
}

/** The product as `npm start` runs it, in a process of its own, on a new embedded PostgreSQL with its durable settings. */
export interface BenchServer extends AsyncDisposable {
  /** The GraphQL endpoint. */
  readonly url: string;
  readonly operatorKey: string;
  readonly owner: DatabaseConnection;
  readonly app: DatabaseConnection;
}

export async function startBenchServer(options: BenchServerOptions = {}): Promise<BenchServer> {
  await using stack = new AsyncDisposableStack();
  const dataDir = await mkdtemp(path.join(tmpdir(), 'trunkline-bench-'));
  stack.defer(() => rm(dataDir, { recursive: true, force: true }));
  const postgres = await startEmbeddedPostgres({ dataDir });
  stack.defer(() => postgres.stop());
  const { ownerConnection: owner, appConnection: app } = postgres;
  await migrateDatabase({ owner, appRole: app.user, clock: systemClock });
  const operatorKey = randomBytes(24).toString('hex');
  const env = {
    ...options.env,
    DATABASE_URL: databaseUrl(app),
    MASTER_KEY: randomBytes(32).toString('base64'),
    OPERATOR_KEY: operatorKey,
    DATA_DIR: dataDir,
    PORT: '0',
    DEFAULT_PACING: 'off',
    LOG_LEVEL: 'info',
    LOG_FORMAT: 'json',
  };
  const { url, stop } = await startProcess(env, options.profileDir);
  stack.defer(stop);
  const opened = stack.move();
  return {
    url: `${url}/graphql`,
    operatorKey,
    owner,
    app,
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

async function startProcess(
  env: Readonly<Record<string, string>>,
  profileDir: string | undefined,
): Promise<{ url: string; stop: () => Promise<void> }> {
  const profiling = profileDir === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profileDir}`];
  const child = spawn(process.execPath, ['--enable-source-maps', ...profiling, SERVER], {
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
  const started = new Promise<string>((resolve) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const { level, msg, url } = JSON.parse(line) as { level: number; msg: string; url?: string };
      if (level >= LEVEL_ERROR) process.stderr.write(`${line}\n`);
      if (msg === 'started' && url !== undefined) resolve(url);
    });
  });
  return { url: await Promise.race([started, died]), stop };
}

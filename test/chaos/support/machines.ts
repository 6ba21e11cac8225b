import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Pool } from 'pg';
import { systemClock } from '../../../src/kernel/clock.js';
import { toPgConfig } from '../../../src/platform/database/connection.js';
import { migrateDatabase } from '../../../src/platform/database/migrator.js';
import {
  startEmbeddedPostgres,
  type EmbeddedPostgres,
} from '../../../src/platform/embedded-postgres/embedded-postgres.js';
import { Simulator } from '../../../src/simulator/index.js';
import { databaseUrl } from '../../support/database-url.js';
import { endWithMe } from './last-will.js';
import { startRedisServer } from '../../support/redis.js';
import type { Launcher, Network } from './slow-link.js';

export type Backend = 'postgres' | 'redis';

export interface MachineOptions {
  /** Folder with `dist`, as the build makes it. */
  readonly product: string;
  readonly backend: Backend;
  readonly seed: string;
  /** Without fsync: nothing survives a power cut, everything survives a killed process. */
  readonly fast: boolean;
  /** How long a killed process keeps its devices, besides 2 s of margin. */
  readonly leaseTtlSeconds: number;
  /** WhatsApp connections that a process opens a second at most; default: all at once. */
  readonly connectsPerSecond?: number;
  /** Where PostgreSQL keeps its data; default: a folder of the run. */
  readonly dataDir?: string;
  /** Settings of PostgreSQL on top. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Default: all on loopback. */
  readonly network?: Network;
}

/** How long others leave the leases of a process alone after their end. */
export const TAKEOVER_MARGIN_MS = 2_000;

const ALL_AT_ONCE = 500;

const LOOPBACK = '127.0.0.1';

/** A dozen processes, each with its connections, some of them not yet taken for dead. */
const MAX_CONNECTIONS = '600';

const FAST = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' };

/** What all server processes share and nothing here kills: database, queue, WhatsApp. */
export interface Machines extends AsyncDisposable {
  readonly simulator: Simulator;
  readonly operatorKey: string;
  readonly product: string;
  /** Where the server processes listen. */
  readonly serverHost: string;
  /** Command before the program of each server process; null: none. */
  readonly launcher: Launcher | null;
  /** Of every server process. */
  readonly env: Readonly<Record<string, string>>;
  /** Logs of the processes. */
  readonly folder: string;
  /** Past row-level security: for counting. */
  query<T extends object>(sql: string, values?: readonly unknown[]): Promise<T[]>;
  /** Nobody will want to read the logs. */
  dropFolder(): void;
}

export async function startMachines(options: MachineOptions): Promise<Machines> {
  const { product, backend, seed, leaseTtlSeconds, connectsPerSecond = ALL_AT_ONCE, network } = options;
  const host = network?.machinesHost ?? LOOPBACK;
  await using stack = new AsyncDisposableStack();
  const folder = await mkdtemp(path.join(tmpdir(), 'trunkline-chaos-'));
  let keep = true;
  stack.defer(async () => {
    const useless = keep ? ['postgres', 'compiled'].map((name) => path.join(folder, name)) : [folder];
    for (const each of useless) await rm(each, { recursive: true, force: true });
  });
  const postgres = await startPostgres(folder, options);
  stack.defer(endWithMe(postgres.pid, 'SIGINT'));
  stack.defer(() => postgres.stop());
  const { ownerConnection: owner, appConnection: app } = postgres;
  await migrateDatabase({ owner, appRole: app.user, clock: systemClock });
  const pool = new Pool({ ...toPgConfig(owner), max: 2 });
  // A connection that was idle when PostgreSQL went away; the next query gets another.
  pool.on('error', () => undefined);
  stack.defer(() => pool.end());
  const redis = backend === 'redis' ? await startRedisServer(host) : null;
  if (redis !== null) {
    stack.defer(endWithMe(redis.pid, 'SIGTERM'));
    stack.defer(() => redis.stop());
  }
  const simulator = await Simulator.start({ seed, cheapPrekeys: true, host });
  stack.defer(() => simulator.close());
  const operatorKey = randomBytes(24).toString('hex');
  const caFile = path.join(folder, 'ca.pem');
  await writeFile(caFile, simulator.caCertificatePem);
  const serverHost = network?.serverHost ?? LOOPBACK;
  const opened = stack.move();
  return {
    simulator,
    operatorKey,
    product,
    folder,
    serverHost,
    launcher: network?.enterServer ?? null,
    env: {
      DATABASE_URL: databaseUrl(network === undefined ? app : { ...app, host }),
      ...(redis !== null && { REDIS_URL: redis.url }),
      MASTER_KEY: randomBytes(32).toString('base64'),
      OPERATOR_KEY: operatorKey,
      DATA_DIR: folder,
      HOST: serverHost,
      PORT: '0',
      DEFAULT_PACING: 'off',
      LOG_FORMAT: 'json',
      LEASE_TTL_SECONDS: String(leaseTtlSeconds),
      CONNECTS_PER_SECOND: String(connectsPerSecond),
      WHATSAPP_WEBSOCKET_URL: simulator.url,
      WHATSAPP_MEDIA_HOST: simulator.mediaHost,
      WHATSAPP_MEDIA_CA_FILE: caFile,
    },
    query: async <T extends object>(sql: string, values: readonly unknown[] = []) =>
      (await pool.query<T>(sql, [...values])).rows,
    dropFolder: () => {
      keep = false;
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

async function startPostgres(
  folder: string,
  { dataDir = folder, fast, network, settings }: MachineOptions,
): Promise<EmbeddedPostgres> {
  return startEmbeddedPostgres({
    dataDir,
    settings: {
      max_connections: MAX_CONNECTIONS,
      ...(fast && FAST),
      ...(network !== undefined && (await listening(folder, network))),
      ...settings,
    },
  });
}

/** Its own list of who may connect knows loopback alone. */
async function listening(
  folder: string,
  { machinesHost, serverHost }: Network,
): Promise<Record<string, string>> {
  const file = path.join(folder, 'hosts.conf');
  await writeFile(file, `local all all scram-sha-256\nhost all all ${serverHost}/32 scram-sha-256\n`);
  await chmod(file, 0o644);
  return { listen_addresses: machinesHost, hba_file: file };
}

import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Client, escapeLiteral } from 'pg';
import type { DatabaseConnection } from '../database/connection.js';
import { chooseAccount } from './account.js';
import { provideBinaries } from './binaries.js';
import { EmbeddedPostgresError, errorCode } from './errors.js';
import { clusterFolders, prepareFolders, providePassword } from './folders.js';
import { Occupancy } from './occupancy.js';
import type { OccupancyMode } from './occupancy.js';
import {
  OWNER_ROLE,
  SOCKET_PORT,
  findPostmaster,
  initialiseData,
  logTail,
  spawnPostmaster,
  stopPostmaster,
} from './postmaster.js';
import type { PostmasterOptions, RunningPostmaster } from './postmaster.js';

const APP_ROLE = 'trunkline_app';
const DATABASE = 'trunkline';
const START_TIMEOUT_MS = 60_000;
const POLL_MS = 10;

export interface EmbeddedPostgresOptions {
  /** PostgreSQL lives in `postgres` below it. */
  readonly dataDir: string;
  /** PostgreSQL settings on top of ours, for a start (not for one that already runs). */
  readonly settings?: Readonly<Record<string, string>>;
  /** Default `own`. */
  readonly mode?: OccupancyMode;
}

export interface EmbeddedPostgres {
  /** A superuser: owns and migrates everything. */
  readonly ownerConnection: DatabaseConnection;
  /** What the server works as; bound by row-level security. */
  readonly appConnection: DatabaseConnection;
  readonly pid: number;
  /** It ran already: left over from a killed server, or used by another process now. */
  readonly adopted: boolean;
  /** Leaves the cluster, and stops PostgreSQL unless another process still uses it. */
  stop(): Promise<void>;
}

/**
 * Starts the PostgreSQL that comes with the packages, on a Unix socket below `dataDir`, or joins the one that runs there.
 * Throws {@link EmbeddedPostgresError}.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const folders = clusterFolders(options.dataDir);
  const account = chooseAccount(folders.data);
  prepareFolders(folders, account);
  const passwords = { owner: providePassword(folders, 'owner'), app: providePassword(folders, 'app') };
  const postmaster: PostmasterOptions = {
    folders,
    account,
    settings: options.settings ?? {},
    binaries: provideBinaries(folders.state, account),
  };
  await initialiseData(postmaster, passwords.owner);

  const deadline = performance.now() + START_TIMEOUT_MS;
  for (;;) {
    const running = await ensureRunning(postmaster, passwords.owner, deadline);
    const owner = ownerConnection(running.sockets, passwords.owner);
    const occupancy = await enter(owner, options.mode ?? 'own', path.resolve(options.dataDir));
    if (occupancy === null) {
      await delay(POLL_MS);
      continue;
    }
    await provideDatabase(occupancy.client, passwords.app);
    let stopping: Promise<void> | undefined;
    return {
      ownerConnection: { ...owner, dbName: DATABASE },
      appConnection: { ...owner, user: APP_ROLE, password: passwords.app, dbName: DATABASE },
      pid: running.pid,
      adopted: running.adopted,
      stop: () => (stopping ??= leave(occupancy, postmaster, running.pid)),
    };
  }
}

/** A killed Node.js leaves PostgreSQL running (it has its own process group): that one is used. */
async function ensureRunning(
  options: PostmasterOptions,
  ownerPassword: string,
  deadline: number,
): Promise<RunningPostmaster & { adopted: boolean }> {
  const { folders } = options;
  let child: ReturnType<typeof spawnPostmaster> | undefined;
  for (;;) {
    const running = findPostmaster(folders);
    if (running !== null && (await answers(ownerConnection(running.sockets, ownerPassword)))) {
      return { ...running, adopted: running.pid !== child?.pid };
    }
    const ended = child !== undefined && (child.exitCode !== null || child.signalCode !== null);
    if ((ended && running === null) || performance.now() > deadline) {
      const message = `PostgreSQL did not start; the end of ${folders.log}:\n${logTail(folders)}`;
      throw new EmbeddedPostgresError('START_FAILED', message);
    }
    // PostgreSQL itself decides whether a pid file that was left behind counts.
    child ??= spawnPostmaster(options);
    await delay(POLL_MS);
  }
}

function ownerConnection(sockets: string, password: string): DatabaseConnection {
  return { host: sockets, port: SOCKET_PORT, user: OWNER_ROLE, password, dbName: 'postgres' };
}

async function connect(connection: DatabaseConnection): Promise<Client> {
  const client = new Client({
    host: connection.host,
    port: connection.port,
    user: connection.user,
    password: connection.password,
    database: connection.dbName,
    application_name: `process ${process.pid}`,
    connectionTimeoutMillis: 5_000,
  });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

async function answers(connection: DatabaseConnection): Promise<boolean> {
  try {
    await (await connect(connection)).end();
    return true;
  } catch (error) {
    if (errorCode(error) !== '28P01') return false;
    const message = 'The password file of the embedded PostgreSQL does not belong to its data folder.';
    throw new EmbeddedPostgresError('START_FAILED', message, error);
  }
}

async function enter(
  owner: DatabaseConnection,
  mode: OccupancyMode,
  dataDir: string,
): Promise<Occupancy | null> {
  try {
    return await Occupancy.enter(() => connect(owner), mode, dataDir);
  } catch (error) {
    if (error instanceof EmbeddedPostgresError) throw error;
    return null; // it was stopped between our look and our step: start again
  }
}

/** The application role owns nothing, so that row-level security binds it. */
async function provideDatabase(client: Client, appPassword: string): Promise<void> {
  const lock = "hashtext('trunkline set-up')";
  await client.query(`select pg_advisory_lock(${lock})`);
  const { rows } = await client.query<{ role: boolean; database: boolean }>(
    `select exists (select from pg_roles where rolname = $1) as role,
            exists (select from pg_database where datname = $2) as database`,
    [APP_ROLE, DATABASE],
  );
  if (rows[0]?.role !== true) {
    const rights = 'login nosuperuser nobypassrls nocreatedb nocreaterole';
    await client.query(`create role ${APP_ROLE} ${rights} password ${escapeLiteral(appPassword)}`);
  }
  if (rows[0]?.database !== true) await client.query(`create database ${DATABASE}`);
  await client.query(`select pg_advisory_unlock(${lock})`);
}

async function leave(occupancy: Occupancy, options: PostmasterOptions, pid: number): Promise<void> {
  if (await occupancy.leave()) await stopPostmaster(options.folders, pid);
}

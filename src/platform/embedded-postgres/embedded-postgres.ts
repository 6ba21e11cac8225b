import { setTimeout as delay } from 'node:timers/promises';
import { escapeLiteral } from 'pg';
import type { Client } from 'pg';
import type { DatabaseConnection } from '../database/connection.js';
import { chooseAccount } from './account.js';
import { provideBinaries } from './binaries.js';
import { POLL_MS, START_TIMEOUT_MS, connect, ensureRunning, ownerConnection } from './cluster.js';
import { EmbeddedPostgresError } from './errors.js';
import { clusterFolders, prepareFolders, providePassword, removeOutlyingSockets } from './folders.js';
import { Occupancy } from './occupancy.js';
import type { OccupancyMode } from './occupancy.js';
import { initialiseData, stopPostmaster } from './postmaster.js';
import type { PostmasterOptions } from './postmaster.js';

const APP_ROLE = 'trunkline_app';
const DATABASE = 'trunkline';

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
  return enterCluster(options, postmaster, passwords);
}

async function enterCluster(
  { dataDir, mode = 'own' }: EmbeddedPostgresOptions,
  postmaster: PostmasterOptions,
  passwords: { readonly owner: string; readonly app: string },
): Promise<EmbeddedPostgres> {
  const deadline = performance.now() + START_TIMEOUT_MS;
  while (performance.now() < deadline) {
    const running = await ensureRunning(postmaster, passwords.owner);
    const owner = ownerConnection(running.sockets, passwords.owner);
    const reconnect = async (): Promise<Client> => {
      if (mode === 'own') await ensureRunning(postmaster, passwords.owner);
      return connect(owner);
    };
    // Null: somebody stopped it between our look and our step.
    const client = await connect(owner).catch(() => null);
    const occupancy = client && (await Occupancy.enter({ mode, dataDir, reconnect }, client));
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
      stop: () => (stopping ??= leave(occupancy, postmaster)),
    };
  }
  throw new EmbeddedPostgresError('START_FAILED', `PostgreSQL in ${dataDir} keeps being stopped.`);
}

async function leave(occupancy: Occupancy, { folders }: PostmasterOptions): Promise<void> {
  if (!(await occupancy.leave())) return;
  await stopPostmaster(folders);
  removeOutlyingSockets(folders);
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

import { execFile, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import {
  chownSync,
  closeSync,
  existsSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Account } from './account.js';
import { EmbeddedPostgresError } from './errors.js';
import type { ClusterFolders } from './folders.js';

export const OWNER_ROLE = 'trunkline_owner';
/** Only names the socket file: no TCP port is opened. */
export const SOCKET_PORT = 5432;
const STOP_TIMEOUT_MS = 20_000;
const MAX_LOG_BYTES = 5_000_000;

/** Statements, parameters and row values stay out of the log: they hold message texts and phone numbers. */
const SETTINGS: Readonly<Record<string, string>> = {
  listen_addresses: '',
  unix_socket_permissions: '0700',
  max_connections: '200',
  shared_buffers: '128MB',
  jit: 'off',
  // Tables grow from nothing here: until they are first analysed, and by default that takes a minute, each agency is taken for a few rows.
  autovacuum_naptime: '15s',
  // Each time all connections plan their statements anew; of so few rows none needs it.
  autovacuum_analyze_threshold: '500',
  autovacuum_vacuum_threshold: '500',
  log_min_messages: 'log',
  log_min_error_statement: 'panic',
  log_error_verbosity: 'terse',
  log_checkpoints: 'off',
};

export interface PostmasterOptions {
  readonly binaries: string;
  readonly folders: ClusterFolders;
  readonly account: Account | null;
  readonly settings: Readonly<Record<string, string>>;
}

/** The environment is our own: the server's holds secrets that PostgreSQL has no use for. */
const ENVIRONMENT = { LC_ALL: 'C', TZ: 'UTC' };

/** Makes the data folder unless it exists. It is made under another name and renamed, so that it is complete or not there. */
export async function initialiseData(options: PostmasterOptions, ownerPassword: string): Promise<void> {
  const { folders, account, binaries } = options;
  if (existsSync(folders.data)) return;
  // Only the socket folder belongs to PostgreSQL's account; everything it must write first goes there.
  const attempt = randomUUID();
  const draft = path.join(folders.sockets, `data.${attempt}`);
  const passwordFile = path.join(folders.sockets, `password.${attempt}`);
  writeFileSync(passwordFile, ownerPassword, { mode: 0o600 });
  if (account !== null) chownSync(passwordFile, account.uid, account.gid);
  const encoding = ['-E', 'UTF8', '--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C'];
  const access = ['-U', OWNER_ROLE, '-A', 'scram-sha-256', `--pwfile=${passwordFile}`];
  const sync = options.settings['fsync'] === 'off' ? ['--no-sync'] : [];
  try {
    await promisify(execFile)(
      path.join(binaries, 'bin', 'initdb'),
      ['-D', draft, ...access, ...encoding, ...sync],
      {
        cwd: '/',
        env: ENVIRONMENT,
        ...account,
      },
    );
    renameSync(draft, folders.data);
  } catch (error) {
    if (!existsSync(folders.data)) {
      throw new EmbeddedPostgresError(
        'START_FAILED',
        `PostgreSQL could not create ${folders.data}: ${String(error)}`,
        error,
      );
    }
  } finally {
    rmSync(passwordFile, { force: true });
    rmSync(draft, { recursive: true, force: true });
  }
}

/** In its own process group: Ctrl-C in a terminal must not stop it before the server has drained. */
export function spawnPostmaster(options: PostmasterOptions): ChildProcess {
  const { binaries, folders, account } = options;
  const settings = { ...SETTINGS, unix_socket_directories: folders.sockets, ...options.settings };
  const args = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const large = (statSync(folders.log, { throwIfNoEntry: false })?.size ?? 0) > MAX_LOG_BYTES;
  const log = openSync(folders.log, large ? 'w' : 'a', 0o600);
  try {
    const child = spawn(
      path.join(binaries, 'bin', 'postgres'),
      ['-D', folders.data, '-p', String(SOCKET_PORT), ...args],
      {
        cwd: '/',
        env: ENVIRONMENT,
        detached: true,
        stdio: ['ignore', log, log],
        ...account,
      },
    );
    // A failed spawn shows as its exit code.
    child.on('error', () => undefined);
    child.unref();
    return child;
  } finally {
    closeSync(log);
  }
}

export interface RunningPostmaster {
  readonly pid: number;
  readonly sockets: string;
}

/** Who runs on the data folder, after postmaster.pid: its first line is the process, its fifth the socket folder. */
export function findPostmaster(folders: ClusterFolders): RunningPostmaster | null {
  const lines = readPidFile(folders)?.split('\n');
  const pid = Number(lines?.[0]);
  if (!Number.isInteger(pid) || pid <= 0 || !isAlive(pid)) return null;
  return { pid, sockets: lines?.[4]?.trim() || folders.sockets };
}

function readPidFile(folders: ClusterFolders): string | null {
  try {
    return readFileSync(path.join(folders.data, 'postmaster.pid'), 'utf8');
  } catch {
    return null;
  }
}

/** Fast shutdown with a checkpoint; sessions that are still open are ended. */
export async function stopPostmaster(folders: ClusterFolders): Promise<void> {
  const pid = findPostmaster(folders)?.pid;
  if (pid === undefined) return;
  signal(pid, 'SIGINT');
  const deadline = performance.now() + STOP_TIMEOUT_MS;
  // The process itself may stay as a zombie where nobody reaps orphans; its pid file is what it removes last.
  while (findPostmaster(folders)?.pid === pid) {
    if (performance.now() > deadline) {
      signal(pid, 'SIGQUIT');
      return;
    }
    await delay(10);
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  if (isAlive(pid)) process.kill(pid, name);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

export function logTail(folders: ClusterFolders): string {
  try {
    return readFileSync(folders.log, 'utf8').trim().split('\n').slice(-5).join('\n');
  } catch {
    return '';
  }
}

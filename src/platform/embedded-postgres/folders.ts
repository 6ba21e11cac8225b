import { createHash, randomBytes, randomUUID } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { findClosedFolder } from './account.js';
import type { Account } from './account.js';
import { EmbeddedPostgresError, errorCode } from './errors.js';

/** What lies where below the data folder. */
export interface ClusterFolders {
  /** `<dataDir>/postgres`. Everybody may pass through it, only its owner may list it. */
  readonly state: string;
  readonly data: string;
  readonly sockets: string;
  readonly log: string;
}

/** The address of a Unix socket has 104 bytes on macOS, 108 on Linux; `/.s.PGSQL.5432` and a terminator are part of it. */
const MAX_SOCKET_FOLDER_BYTES = 104 - '/.s.PGSQL.5432'.length - 1;

export function clusterFolders(dataDir: string): ClusterFolders {
  const state = path.join(path.resolve(dataDir), 'postgres');
  const sockets = path.join(state, 'run');
  const digest = createHash('sha256').update(state).digest('hex').slice(0, 16);
  const fits = Buffer.byteLength(sockets) <= MAX_SOCKET_FOLDER_BYTES;
  return {
    state,
    data: path.join(state, 'data'),
    sockets: fits ? sockets : path.join(tmpdir(), `trunkline-${digest}`),
    log: path.join(state, 'postgres.log'),
  };
}

export function prepareFolders(folders: ClusterFolders, account: Account | null): void {
  const dataDir = path.dirname(folders.state);
  try {
    mkdirSync(folders.state, { recursive: true });
    chmodSync(folders.state, 0o711);
    // A folder made by mkdtemp is 0700: passing through it is let, reading it is not.
    if (account !== null) chmodSync(dataDir, statSync(dataDir).mode | 0o011);
    makePrivateFolder(folders.sockets, account);
  } catch (error) {
    if (!['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EEXIST'].includes(errorCode(error) ?? '')) throw error;
    const message = `The data folder ${dataDir} cannot be written by this account; set DATA_DIR to one that can.`;
    throw new EmbeddedPostgresError('FOLDER_UNREACHABLE', message, error);
  }
  if (account === null) return;
  for (const folder of [folders.state, folders.sockets]) {
    const closed = findClosedFolder(folder, account);
    if (closed === null) continue;
    const message = `PostgreSQL does not run as root, and its account (uid ${account.uid}) may not enter ${closed}; set DATA_DIR to a folder outside it, such as /var/lib/trunkline.`;
    throw new EmbeddedPostgresError('FOLDER_UNREACHABLE', message);
  }
}

/** A folder that only PostgreSQL's account can use. One in a shared temporary folder could have been planted by somebody else. */
function makePrivateFolder(folder: string, account: Account | null): void {
  try {
    mkdirSync(folder, { mode: 0o700 });
    if (account !== null) chownSync(folder, account.uid, account.gid);
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error;
  }
  const stats = lstatSync(folder);
  const expectedUid = account?.uid ?? process.getuid?.();
  if (stats.isDirectory() && stats.uid === expectedUid && (stats.mode & 0o077) === 0) return;
  const message = `${folder} belongs to somebody else or is open to others; remove it and start again.`;
  throw new EmbeddedPostgresError('FOLDER_UNREACHABLE', message);
}

/** A socket folder that did not fit below the data folder is nobody's business after a stop. */
export function removeOutlyingSockets({ sockets, state }: ClusterFolders): void {
  if (path.dirname(sockets) !== state) rmSync(sockets, { recursive: true, force: true });
}

/** Reads the password of a role, or makes one. Two processes that start at once agree on one: the first link wins. */
export function providePassword(folders: ClusterFolders, role: 'owner' | 'app'): string {
  const file = path.join(folders.state, `${role}-password`);
  const draft = `${file}.${randomUUID()}`;
  try {
    writeFileSync(draft, `${randomBytes(24).toString('base64url')}\n`, { mode: 0o600 });
    linkSync(draft, file);
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error;
  } finally {
    rmSync(draft, { force: true });
  }
  return readFileSync(file, 'utf8').trim();
}

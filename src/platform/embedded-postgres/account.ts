import { spawnSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { EmbeddedPostgresError } from './errors.js';

/** The operating system account that PostgreSQL runs as. */
export interface Account {
  readonly uid: number;
  readonly gid: number;
}

const OWN_ACCOUNT = 'trunkline';

/**
 * PostgreSQL refuses to run as root, so root hands it to another account: the one that the data already belongs to,
 * else `postgres`, else an account of our own, else `nobody`. Returns null for a plain user, who runs it as himself.
 */
export function chooseAccount(dataFolder: string): Account | null {
  if (process.getuid?.() !== 0) return null;
  const account =
    ownerOf(dataFolder) ??
    findAccount('postgres') ??
    findAccount(OWN_ACCOUNT) ??
    createAccount() ??
    findAccount('nobody');
  if (account !== undefined) return account;
  throw new EmbeddedPostgresError(
    'NO_ACCOUNT',
    'PostgreSQL does not run as root and this machine has no account for it: run "useradd --system postgres", start Trunkline as a plain user, or set DATABASE_URL.',
  );
}

function ownerOf(folder: string): Account | undefined {
  const stats = statSync(folder, { throwIfNoEntry: false });
  return stats === undefined || stats.uid === 0 ? undefined : { uid: stats.uid, gid: stats.gid };
}

function findAccount(name: string): Account | undefined {
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((entry) => entry.startsWith(`${name}:`));
  const [, , uid, gid] = line?.split(':') ?? [];
  return uid === undefined || gid === undefined ? undefined : { uid: Number(uid), gid: Number(gid) };
}

function createAccount(): Account | undefined {
  const options = ['--system', '--user-group', '--no-create-home', '--shell', '/usr/sbin/nologin'];
  spawnSync('useradd', [...options, OWN_ACCOUNT], { stdio: 'ignore' });
  return findAccount(OWN_ACCOUNT);
}

/** The outermost folder on the way to `folder`, itself included, that `account` may not enter; null when none is closed. */
export function findClosedFolder(folder: string, account: Account): string | null {
  const parent = path.dirname(folder);
  const above = parent === folder ? null : findClosedFolder(parent, account);
  return above ?? (mayEnter(folder, account) ? null : folder);
}

function mayEnter(folder: string, account: Account): boolean {
  const { uid, gid, mode } = statSync(folder);
  const bit = uid === account.uid ? 0o100 : gid === account.gid ? 0o010 : 0o001;
  return (mode & bit) !== 0;
}

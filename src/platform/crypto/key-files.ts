import { randomBytes } from 'node:crypto';
import { link, mkdir, readFile, stat, unlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Config } from '../../config/config.js';
import { MasterKey } from './master-key.js';

const OPERATOR_KEY_FILE = 'operator.key';

/** A key from the configuration (`path: null`) or from its file; `created` when this call made the file. */
export interface ResolvedKey<T> {
  readonly key: T;
  readonly path: string | null;
  readonly created: boolean;
}

/** A key file is not what it should be; the message says what to do. */
export class KeyFileError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'KeyFileError';
  }
}

/** MASTER_KEY, or `master.key` below the data folder, which is created once. */
export async function resolveMasterKey(
  config: Pick<Config, 'masterKey' | 'dataDir'>,
): Promise<ResolvedKey<MasterKey>> {
  const found = await resolveKey(config.masterKey, path.join(config.dataDir, 'master.key'));
  if (!/^[0-9a-f]{64}$/.test(found.key))
    throw new KeyFileError(`${found.path} does not hold a master key: restore it from your backup.`);
  return { ...found, key: MasterKey.fromHex(found.key) };
}

/** OPERATOR_KEY, or `operator.key` below the data folder, which is created once. */
export function resolveOperatorKey(
  config: Pick<Config, 'operatorKey' | 'dataDir'>,
): Promise<ResolvedKey<string>> {
  return resolveKey(config.operatorKey, path.join(config.dataDir, OPERATOR_KEY_FILE));
}

/** The operator's key without making one; null when there is none. For commands that call a running server. */
export async function findOperatorKey(
  config: Pick<Config, 'operatorKey' | 'dataDir'>,
): Promise<string | null> {
  const file = path.join(config.dataDir, OPERATOR_KEY_FILE);
  if (config.operatorKey !== null) return config.operatorKey;
  return (await exists(file)) ? (await readFile(file, 'utf8')).trim() : null;
}

async function resolveKey(configured: string | null, file: string): Promise<ResolvedKey<string>> {
  if (configured !== null) return { key: configured, path: null, created: false };
  const created = await createKeyFile(file);
  const { mode } = await stat(file);
  if ((mode & 0o077) !== 0) {
    throw new KeyFileError(`${file} can be read by other users; run: chmod 600 ${file}`);
  }
  return { key: (await readFile(file, 'utf8')).trim(), path: file, created };
}

/** Writes the whole key first and links it into place, so that two processes starting at once agree on one. */
async function createKeyFile(file: string): Promise<boolean> {
  if (await exists(file)) return false;
  await mkdir(path.dirname(file), { recursive: true });
  const draft = `${file}.${randomBytes(4).toString('hex')}`;
  await writeFile(draft, `${randomBytes(32).toString('hex')}\n`, { mode: 0o600, flag: 'wx', flush: true });
  try {
    await link(draft, file);
    return true;
  } catch (error) {
    if (isAlreadyThere(error)) return false;
    throw error;
  } finally {
    await unlink(draft);
  }
}

async function exists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}

function isAlreadyThere(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EEXIST';
}

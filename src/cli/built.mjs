// Whether dist/ was made of the sources as they are.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

/** In dist/: when its build began, in milliseconds of the epoch. */
export const BUILT_MARK = '.built';

const SOURCES = ['src', 'migrations', 'package.json', 'package-lock.json', 'tsconfig.json'];

export function isBuilt() {
  try {
    return newest() < Number(readFileSync(join(root, 'dist', BUILT_MARK), 'utf8'));
  } catch {
    return false;
  }
}

/** Folders count as well: a file that is taken away changes nothing else. */
function newest() {
  const below = SOURCES.slice(0, 2).flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true }).map((file) => join(folder, file)),
  );
  return Math.max(...[...SOURCES, ...below].map((file) => statSync(join(root, file)).mtimeMs));
}

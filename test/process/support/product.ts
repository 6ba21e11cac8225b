import { chmodSync, copyFileSync, existsSync, mkdirSync, renameSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { inject, vi } from 'vitest';
import { bundle } from '../../../src/cli/bundle.mjs';

export const projectFolder = fileURLToPath(new URL('../../../', import.meta.url));

/** Another test file may be building; two processors may have more to do. */
const BUILD_PATIENCE = { timeout: 110_000, interval: 100 };

/** A build as `npm run build` makes it, in a folder that goes away with the test run. Made once, by whoever needs it first. */
export async function provideProduct(): Promise<string> {
  const folder = path.join(inject('runFolder'), 'product');
  try {
    mkdirSync(folder);
    await build(folder);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
  await vi.waitUntil(() => existsSync(path.join(folder, 'dist')), BUILD_PATIENCE);
  return folder;
}

async function build(folder: string): Promise<void> {
  const draft = path.join(folder, 'draft');
  await bundle(draft);
  symlinkSync(path.join(projectFolder, 'node_modules'), path.join(folder, 'node_modules'));
  copyFileSync(path.join(projectFolder, 'package.json'), path.join(folder, 'package.json'));
  chmodSync(folder, 0o755);
  renameSync(draft, path.join(folder, 'dist'));
}

// Compiles the product into dist/, unless that is current. Several may do so at once, as when three processes of a fleet are started together:
// each works in a folder of its own, and a finished one is put in place whole.
import { spawnSync } from 'node:child_process';
import { existsSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BUILT_MARK, isBuilt, root } from './built.mjs';

if (!isBuilt()) build(findCompiler());

function build(compiler) {
  const draft = join(root, `dist-${process.pid}`);
  const replaced = `${draft}-replaced`;
  const began = String(Date.now());
  try {
    const args = [compiler, '-p', join(root, 'tsconfig.build.json'), '--outDir', draft];
    const { status } = spawnSync(process.execPath, args, { stdio: 'inherit' });
    if (status !== 0) {
      process.exitCode = status ?? 1;
      return;
    }
    writeFileSync(join(draft, BUILT_MARK), began);
    if (isBuilt()) return;
    const dist = join(root, 'dist');
    if (existsSync(dist)) renameSync(dist, replaced);
    renameSync(draft, dist);
  } catch (error) {
    if (!isBuilt()) throw error;
  } finally {
    for (const folder of [draft, replaced]) rmSync(folder, { recursive: true, force: true });
  }
}

function findCompiler() {
  try {
    return fileURLToPath(new URL('../bin/tsc', import.meta.resolve('typescript')));
  } catch {
    if (!existsSync(join(root, 'dist'))) {
      process.stderr.write(
        'Trunkline is not built, and the packages to do so are left out: run npm ci && npm run build.\n',
      );
      process.exit(1);
    }
    process.stderr.write(
      'The sources are newer than the build, and the packages to build are left out: the old build is used.\n',
    );
    process.exit(0);
  }
}

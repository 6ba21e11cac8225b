// Compiles the product into dist/, unless that is current. Several may do so at once, as when three processes of a fleet are started together:
// each works in a folder of its own, and a finished one is put in place whole.
import { existsSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BUILT_MARK, isBuilt, root } from './built.mjs';

const dist = join(root, 'dist');

if (!isBuilt()) {
  const bundle = await findBundler();
  if (bundle !== null) await build(bundle);
}

async function build(bundle) {
  const draft = join(root, `dist-${process.pid}`);
  const replaced = `${draft}-replaced`;
  const began = String(Date.now());
  try {
    await bundle(draft);
    writeFileSync(join(draft, BUILT_MARK), began);
    if (isBuilt()) return;
    if (existsSync(dist)) renameSync(dist, replaced);
    renameSync(draft, dist);
  } catch (error) {
    if (isBuilt()) return;
    // Mistakes in the sources have been shown with their places.
    if (!Array.isArray(error.errors)) throw error;
    process.exitCode = 1;
  } finally {
    for (const folder of [draft, replaced]) rmSync(folder, { recursive: true, force: true });
  }
}

/** Null where an old build has to do. */
async function findBundler() {
  try {
    const { bundle } = await import('./bundle.mjs');
    return bundle;
  } catch (error) {
    if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error;
    const [message, exitCode] = existsSync(dist)
      ? [
          'The sources are newer than the build, and the packages to build are left out: the old build is used.',
          0,
        ]
      : ['Trunkline is not built, and the packages to do so are left out: run npm ci && npm run build.', 1];
    process.stderr.write(`${message}\n`);
    process.exitCode = exitCode;
    return null;
  }
}

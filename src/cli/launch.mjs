#!/usr/bin/env node
// Runs the command line under a Node that is new enough: this one, or the Node 24 that was installed beside the product.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const built = join(root, 'dist', 'src', 'cli', 'main.js');
const args = existsSync(built)
  ? ['--enable-source-maps', built]
  : ['--import', 'tsx', join(root, 'src', 'cli', 'main.ts')];

const [major = 0] = process.versions.node.split('.').map(Number);
const child = spawn(major >= 22 ? process.execPath : bundledNode(), [...args, ...process.argv.slice(2)], {
  stdio: 'inherit',
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.on('exit', (code, signal) => process.exit(code ?? (signal === null ? 0 : 1)));

function bundledNode() {
  const require = createRequire(import.meta.url);
  const manifest = require.resolve(`node-linux-${process.arch}/package.json`);
  return join(dirname(manifest), 'bin', 'node');
}

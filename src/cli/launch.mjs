#!/usr/bin/env node
// Runs the command line under a Node that is new enough: this one, or the one that was installed beside the product.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { isBuilt, root } from './built.mjs';

const NEEDED_MAJOR = 24;

const env = { ...process.env };
const child = spawn(findNode(), [...findProgram(), ...process.argv.slice(2)], { stdio: 'inherit', env });
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.on('exit', (code, signal) => process.exit(code ?? 128 + constants.signals[signal]));
child.on('error', (error) => giveUp(`Node ${NEEDED_MAJOR} cannot be run: ${error.message}`));

function findNode() {
  if (Number(process.versions.node.split('.')[0]) >= NEEDED_MAJOR) return process.execPath;
  const manifest = resolve(`node-linux-${process.arch}/package.json`);
  if (manifest !== null) return join(dirname(manifest), 'bin', 'node');
  giveUp(
    `Trunkline needs Node ${NEEDED_MAJOR}, and this is ${process.version}. Its own copy for Linux was not installed: run npm ci with optional dependencies, or use a newer Node.`,
  );
}

function findProgram() {
  const built = join(root, 'dist', 'src', 'cli', 'main.js');
  const tsx = resolve('tsx');
  // An old build would know nothing of new migrations.
  if (isBuilt() || (tsx === null && existsSync(built))) return [built];
  if (tsx === null)
    giveUp('Trunkline is not built, and the packages to do so are left out: run npm ci && npm run build.');
  // Otherwise tsx would take the settings of whatever folder the command is called from.
  env.TSX_TSCONFIG_PATH = join(root, 'tsconfig.json');
  return ['--import', import.meta.resolve('tsx'), join(root, 'src', 'cli', 'main.ts')];
}

function resolve(name) {
  try {
    return createRequire(import.meta.url).resolve(name);
  } catch {
    return null;
  }
}

function giveUp(why) {
  process.stderr.write(`${why}\n`);
  process.exit(1);
}

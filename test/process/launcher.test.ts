import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { VERSION } from '../../src/kernel/version.js';
import { projectFolder } from './support/product.js';
import type { Ending } from './support/program.js';
import { Stage } from './support/stage.js';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const NEEDED_MAJOR = 24;
const DEVELOPMENT_ONLY = ['tsx', 'typescript'];
const BUNDLED_NODE = [`node-linux-${process.arch}`, '.bin'];

/** A Node that is too old for the product, where the machine has one. */
function findOlderNode(): string | null {
  const folders = (process.env['PATH'] ?? '').split(path.delimiter);
  const found = folders
    .filter((folder) => !folder.includes('node_modules'))
    .map((folder) => path.join(folder, 'node'))
    .filter((file) => existsSync(file))
    .find((file) => {
      const version = execFileSync(file, ['--version'], { encoding: 'utf8' });
      return Number(version.slice(1).split('.')[0]) < NEEDED_MAJOR;
    });
  return found ?? null;
}

const olderNode = findOlderNode();

describe('the launcher', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await Stage.open();
  });
  afterAll(() => stage.close());

  /** A checkout that shares the installed packages, except for those left out. */
  function checkout(name: string, leftOut: readonly string[] = []): string {
    const folder = path.join(stage.folder, name);
    const packages = path.join(folder, 'node_modules');
    mkdirSync(packages, { recursive: true });
    for (const item of ['src', 'migrations', 'package.json', 'tsconfig.json']) {
      cpSync(path.join(projectFolder, item), path.join(folder, item), { recursive: true });
    }
    for (const item of readdirSync(path.join(projectFolder, 'node_modules'))) {
      if (leftOut.includes(item)) continue;
      symlinkSync(path.join(projectFolder, 'node_modules', item), path.join(packages, item));
    }
    return folder;
  }

  function launch(folder: string, args: readonly string[], command = process.execPath): Promise<Ending> {
    return stage.run([path.join(folder, 'src/cli/launch.mjs'), ...args], { command }).ended;
  }

  it('runs the sources when nothing is built, from whatever folder it is called', async () => {
    const folder = checkout('sources');
    expect(await launch(folder, ['--version'])).toMatchObject({ code: 0, output: `${VERSION}\n` });
    // Loads the decorated classes, too: they need the settings of the project, not those of the caller's folder.
    const { output } = await launch(folder, ['demo', '--once', '--fault', 'nothing']);
    expect(output).toContain('--fault nothing is no rule');
  });

  it('says what is missing when it is neither built nor can be', async () => {
    const folder = checkout('neither', DEVELOPMENT_ONLY);
    const { code, output } = await launch(folder, ['--version']);
    expect(code).toBe(1);
    expect(output).toMatch(/^Trunkline is not built, .*npm run build\.\n$/);
  });

  it('passes the exit code on', async () => {
    expect(await launch(checkout('exit-code'), ['no-such-command'])).toMatchObject({ code: 1 });
  });

  it.runIf(olderNode !== null)('typed by hand under an older Node uses the one of the packages', async () => {
    const folder = checkout('older');
    expect(await launch(folder, ['--version'], olderNode ?? '')).toMatchObject({
      code: 0,
      output: `${VERSION}\n`,
    });
    rmSync(folder, { recursive: true });
  });

  it.runIf(olderNode !== null)('says that it needs a newer Node where there is none', async () => {
    const folder = checkout('old-alone', BUNDLED_NODE);
    const { code, output } = await launch(folder, ['--version'], olderNode ?? '');
    expect(code).toBe(1);
    expect(output).toMatch(/^Trunkline needs Node 24, and this is v\d+.*\n$/);
  });
});

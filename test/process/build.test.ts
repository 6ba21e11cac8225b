import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { projectFolder } from './support/product.js';
import type { Ending } from './support/program.js';
import { Stage } from './support/stage.js';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

let stage: Stage;
let folder: string;

const inside = (file: string): string => path.join(folder, file);
const write = (file: string, text: string): void => writeFileSync(inside(file), text);
const build = (): Promise<Ending> => stage.run([inside('src/cli/build.mjs')]).ended;
const launch = (): Promise<Ending> => stage.run([inside('src/cli/launch.mjs')]).ended;

/** As little as can be built, by the settings of the product. */
beforeAll(async () => {
  stage = await Stage.open();
  folder = path.join(stage.folder, 'small');
  for (const part of ['src/cli', 'migrations']) mkdirSync(inside(part), { recursive: true });
  for (const file of ['build.mjs', 'built.mjs', 'bundle.mjs', 'launch.mjs']) {
    cpSync(path.join(projectFolder, 'src/cli', file), inside(`src/cli/${file}`));
  }
  for (const file of ['package.json', 'package-lock.json', 'tsconfig.json']) {
    cpSync(path.join(projectFolder, file), inside(file));
  }
  symlinkSync(path.join(projectFolder, 'node_modules'), inside('node_modules'));
  write('src/cli/main.ts', `await import('../later.js');\n`);
  write('src/later.ts', `import { answer } from './answer.js';\nconsole.log(answer satisfies string);\n`);
  write('src/answer.ts', `export const answer = 'first';\n`);
  write('migrations/one.ts', 'export {};\n');
});
afterAll(() => stage.close());

it('three builds at once leave one that is whole, and nothing beside it', async () => {
  const endings = await Promise.all([build(), build(), build()]);
  expect(endings.map(({ code }) => code)).toEqual([0, 0, 0]);
  expect(readdirSync(folder).filter((name) => name.startsWith('dist'))).toEqual(['dist']);
  expect(await stage.run([inside('dist/src/cli/main.js')]).ended).toEqual({
    code: 0,
    signal: null,
    output: 'first\n',
  });
});

it('a build of the sources as they are is left alone', async () => {
  const { ino } = statSync(inside('dist'));
  expect(await build()).toMatchObject({ code: 0 });
  expect(statSync(inside('dist')).ino).toBe(ino);
});

it('the launcher does not take an old build for the sources', async () => {
  write('src/answer.ts', `export const answer = 'second';\n`);
  expect(await launch()).toMatchObject({ code: 0, output: 'second\n' });
});

it('what is no longer among the sources is in no later build', async () => {
  const later = (): string[] =>
    readdirSync(inside('dist/chunks')).filter((name) => /^later-.*js$/.test(name));
  expect(await build()).toMatchObject({ code: 0 });
  expect(later()).toHaveLength(1);
  write('src/cli/main.ts', `import { answer } from '../answer.js';\nconsole.log(answer);\n`);
  rmSync(inside('src/later.ts'));
  expect(await build()).toMatchObject({ code: 0 });
  expect(existsSync(inside('dist/chunks')) ? later() : []).toEqual([]);
  expect(await launch()).toMatchObject({ code: 0, output: 'second\n' });
});

it('a build that fails says so, and leaves the one of before in place', async () => {
  write('src/answer.ts', 'export const answer = ;\n');
  expect((await build()).code).not.toBe(0);
  expect(readdirSync(folder).filter((name) => name.startsWith('dist'))).toEqual(['dist']);
  expect(await stage.run([inside('dist/src/cli/main.js')]).ended).toMatchObject({ output: 'second\n' });
});

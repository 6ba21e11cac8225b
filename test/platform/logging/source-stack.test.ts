import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { sourceStack } from '../../../src/platform/logging/source-stack.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'trunkline stack-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const SOURCE = `
interface Nothing {
  readonly at?: undefined;
}

export function fail(nothing: Nothing): never {
  throw new Error(\`at \${nothing.at}\`);
}
`;

/** An error that was thrown in line 7 of `why.ts`, as node tells it by itself. */
async function failIn(sourcemap: boolean): Promise<Error> {
  const source = path.join(folder, 'why.ts');
  const outfile = path.join(folder, 'out', 'built.js');
  await writeFile(source, SOURCE);
  await build({ entryPoints: [source], outfile, sourcemap, format: 'esm', bundle: true });
  const lines = (await readFile(outfile, 'utf8')).split('\n');
  const line = lines.findIndex((each) => each.includes('new Error'));
  const column = lines[line]?.indexOf('new Error') ?? -1;
  const error = new Error('it failed');
  const place = `${pathToFileURL(outfile).href}:${line + 1}:${column + 1}`;
  error.stack = `Error: it failed\n    at fail (${place})\n    at node:internal/process/task_queues:104:5`;
  return error;
}

it('names the place in the source, not the one in the bundle', async () => {
  const stack = sourceStack(await failIn(true));
  expect(stack).toBe(
    `Error: it failed\n    at fail (${path.join(folder, 'why.ts')}:7:9)\n    at node:internal/process/task_queues:104:5`,
  );
});

it('leaves a stack as it is without a map, and tells none where there is none', async () => {
  const error = await failIn(false);
  expect(sourceStack(error)).toBe(error.stack);
  delete error.stack;
  expect(sourceStack(error)).toBeUndefined();
});

it.each(['file:///%zz.js:1:1', 'file:///a%2Fb.js:1:1', 'file:///dev/null/x.js:99:99'])(
  'takes %s in a message for text',
  (text) => {
    const error = new Error(`no such module: ${text}`);
    error.stack = `Error: ${error.message}\n    at node:internal/process/task_queues:104:5`;
    expect(sourceStack(error)).toBe(error.stack);
  },
);

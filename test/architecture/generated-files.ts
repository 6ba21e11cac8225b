import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { printApiSchema } from '../../src/app/schema.js';
import { withVariablesTable } from './readme-table.js';

/** Files that are made from code, wholly or in part. */
const GENERATED = [
  { path: 'schema.graphql', make: async () => printApiSchema() },
  { path: 'README.md', make: async (current: string) => prettierMarkdown(withVariablesTable(current)) },
] as const;

const root = fileURLToPath(new URL('../../', import.meta.url));

async function prettierMarkdown(text: string): Promise<string> {
  return format(text, { ...(await resolveConfig(`${root}README.md`)), parser: 'markdown' });
}

/** Writes what is out of date (`write`), or only names it. Returns the paths. */
export async function refreshGeneratedFiles(write: boolean): Promise<string[]> {
  const stale: string[] = [];
  for (const { path, make } of GENERATED) {
    const file = `${root}${path}`;
    const current = await readFile(file, 'utf8').catch(() => '');
    const wanted = await make(current);
    if (wanted === current) continue;
    stale.push(path);
    if (write) await writeFile(file, wanted);
  }
  return stale;
}

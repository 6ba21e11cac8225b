import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

/**
 * Where server processes find their code compiled. One that is killed never writes it, and to compile anew after each kill would take
 * most of a small machine. Resolves with the variable that tells them.
 */
export async function warmCompileCache(product: string, folder: string): Promise<Record<string, string>> {
  const env = { NODE_COMPILE_CACHE: path.join(folder, 'compiled') };
  const program = pathToFileURL(path.join(product, 'dist/src/app/app.js')).href;
  const load = `await import(${JSON.stringify(program)}); process.exit(0);`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', load], {
    env: { ...process.env, ...env },
    stdio: 'ignore',
  });
  await once(child, 'exit');
  return env;
}

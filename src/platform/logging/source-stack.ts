import { readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';
import type { SourceMapPayload } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** A place in a module, as a stack names it. */
const PLACE = /(file:\/\/\/[^\s()]+\.js):(\d+):(\d+)/g;

const maps = new Map<string, SourceMap | null>();

/**
 * The stack of an error with places in the sources instead of the bundles that they were built into, where the bundle's map lies beside it. Maps are read
 * when they are needed: node's own `--enable-source-maps` reads all of them at each start.
 */
export function sourceStack({ stack }: Error): string | undefined {
  return stack?.replace(PLACE, (place, url: string, line: string, column: string) => {
    const bundle = fileURLToPath(url);
    const origin = mapOf(bundle)?.findOrigin(Number(line), Number(column));
    if (origin === undefined || !('fileName' in origin)) return place;
    const source = path.resolve(path.dirname(bundle), origin.fileName);
    return `${source}:${origin.lineNumber}:${origin.columnNumber}`;
  });
}

function mapOf(bundle: string): SourceMap | null {
  const known = maps.get(bundle);
  if (known !== undefined) return known;
  const map = readMap(`${bundle}.map`);
  maps.set(bundle, map);
  return map;
}

function readMap(file: string): SourceMap | null {
  try {
    return new SourceMap(JSON.parse(readFileSync(file, 'utf8')) as SourceMapPayload);
  } catch {
    // Files of packages have none; a stack is told in any case.
    return null;
  }
}

import { readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';
import type { SourceMapPayload } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** A place in a module, as a stack names it. */
const PLACE = /(file:\/\/\/[^\s()]+\.js):(\d+):(\d+)/g;

const maps = new Map<string, SourceMap>();

/**
 * The stack of an error with places in the sources instead of the bundles that they were built into, where the bundle's map lies beside it. Maps are read
 * when they are needed: node's own `--enable-source-maps` reads all of them at each start.
 */
export function sourceStack({ stack }: Error): string | undefined {
  return stack?.replace(
    PLACE,
    (place, url: string, line: string, column: string) =>
      findSource(url, Number(line), Number(column)) ?? place,
  );
}

function findSource(url: string, line: number, column: number): string | null {
  try {
    const bundle = fileURLToPath(url);
    const origin = mapOf(bundle).findOrigin(line, column);
    if (!('fileName' in origin)) return null;
    const source = path.resolve(path.dirname(bundle), origin.fileName);
    return `${source}:${origin.lineNumber}:${origin.columnNumber}`;
  } catch {
    // There is no map, or no such place: a stack begins with the message, which may say anything.
    return null;
  }
}

function mapOf(bundle: string): SourceMap {
  const map =
    maps.get(bundle) ?? new SourceMap(JSON.parse(readFileSync(`${bundle}.map`, 'utf8')) as SourceMapPayload);
  maps.set(bundle, map);
  return map;
}

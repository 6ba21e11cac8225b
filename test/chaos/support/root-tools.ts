import { execFileSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import path from 'node:path';

/** The machine lacks what a scenario needs; the message is for the person who started it. */
export class CannotRunError extends Error {
  override readonly name = 'CannotRunError';
}

export function requireRoot(): void {
  if (process.getuid?.() === 0) return;
  throw new CannotRunError(
    '--root mounts file systems and makes network namespaces, which only root may do: run it as root, for example with sudo.',
  );
}

/** Plain users' search paths often lack these folders. */
const FOLDERS = [...(process.env['PATH'] ?? '').split(path.delimiter), '/usr/sbin', '/sbin'];

/** Where the tool is. */
export function requireTool(name: string, fromPackage: string): string {
  const file = FOLDERS.map((folder) => path.join(folder, name)).find(isExecutable);
  if (file !== undefined) return file;
  throw new CannotRunError(`${name} is not installed; it comes with the package ${fromPackage}.`);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Runs a tool for what it prints; what it complains about is in the message of the error. */
export function runTool(file: string, args: readonly string[]): string {
  return execFileSync(file, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

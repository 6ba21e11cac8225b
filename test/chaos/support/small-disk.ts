import {
  closeSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmdirSync,
  rmSync,
  statfsSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { beforeMyEnd } from './last-will.js';
import { CannotRunError, requireRoot, requireTool, runTool } from './root-tools.js';

const BLOCK = Buffer.alloc(64 * 1_024);

/** A file system of its own in memory, small enough to be filled. */
export class SmallDisk implements Disposable {
  readonly folder: string;
  readonly #umount: string;
  readonly #ballast: string;
  readonly #takeBack: () => void;

  constructor(megabytes: number) {
    requireRoot();
    const mount = requireTool('mount', 'mount');
    this.#umount = requireTool('umount', 'mount');
    this.folder = mkdtempSync(path.join(tmpdir(), 'trunkline-disk-'));
    this.#ballast = path.join(this.folder, 'ballast');
    this.#takeBack = beforeMyEnd(() => this.#remove());
    try {
      const options = `size=${megabytes}m,mode=0711`;
      runTool(mount, ['-t', 'tmpfs', '-o', options, 'trunkline-chaos', this.folder]);
    } catch (error) {
      this.#takeBack();
      rmdirSync(this.folder);
      const why = error instanceof Error ? error.message.trim() : String(error);
      throw new CannotRunError(`This machine does not let root mount a tmpfs: ${why}`);
    }
  }

  get freeBytes(): number {
    const { bavail, bsize } = statfsSync(this.folder);
    return bavail * bsize;
  }

  /** Takes all that is left. */
  fill(): void {
    const file = openSync(this.#ballast, 'a');
    try {
      for (let block = BLOCK; block.length > 0;) {
        try {
          writeSync(file, block);
        } catch (error) {
          if (!String(error).includes('ENOSPC')) throw error;
          block = block.subarray(0, Math.floor(block.length / 2));
        }
      }
    } finally {
      closeSync(file);
    }
  }

  /** Gives it back. */
  clear(): void {
    rmSync(this.#ballast, { force: true });
  }

  [Symbol.dispose](): void {
    this.#takeBack();
    this.#remove();
  }

  /** PostgreSQL may have been started again since, as another process; and one that still runs keeps the mount busy. */
  #remove(): void {
    try {
      const [pid] = readFileSync(path.join(this.folder, 'postgres/data/postmaster.pid'), 'utf8').split('\n');
      process.kill(Number(pid), 'SIGQUIT');
    } catch {
      // It has ended.
    }
    runTool(this.#umount, ['--lazy', this.folder]);
    rmdirSync(this.folder);
  }
}

import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'vitest';
import { clusterFolders } from '../../../src/platform/embedded-postgres/folders.js';
import { findPostmaster, stopPostmaster } from '../../../src/platform/embedded-postgres/postmaster.js';
import { succeeds } from '../../support/eventually.js';
import { provideProduct } from './product.js';
import { Program, type Ending, type ProgramOptions } from './program.js';

/** Somebody without rights: the account that every Linux has for it. */
export const NOBODY = { uid: 65_534, gid: 65_534 };

export interface RunOptions extends Pick<ProgramOptions, 'input' | 'command'> {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/** A folder of its own for the processes of a test: data, temporary files, home. Whatever is left in it or runs from it shows. */
export class Stage {
  readonly folder: string;
  readonly dataDir: string;
  readonly tempDir: string;
  readonly #product: string;
  readonly #account: { uid: number; gid: number } | null;
  readonly #programs: Program[] = [];

  private constructor(product: string, account: { uid: number; gid: number } | null) {
    this.#product = product;
    this.#account = account;
    this.folder = mkdtempSync(path.join(tmpdir(), 'trunkline-process-'));
    this.dataDir = path.join(this.folder, 'data');
    this.tempDir = path.join(this.folder, 'tmp');
    chmodSync(this.folder, 0o755);
    mkdirSync(this.tempDir);
    chmodSync(this.tempDir, 0o1777);
    if (account !== null) chownSync(this.folder, account.uid, account.gid);
  }

  static async open(account: { uid: number; gid: number } | null = null): Promise<Stage> {
    return new Stage(await provideProduct(), account);
  }

  server(options: RunOptions = {}): Program {
    return this.run([path.join(this.#product, 'dist/src/main.js')], options);
  }

  /** `trunkline …` */
  cli(args: readonly string[], options: RunOptions = {}): Program {
    return this.run([path.join(this.#product, 'dist/src/cli/main.js'), ...args], options);
  }

  run(args: readonly string[], { env = {}, cwd = this.folder, ...options }: RunOptions = {}): Program {
    const program = new Program({
      args,
      cwd,
      env: {
        PATH: process.env['PATH'] ?? '',
        HOME: this.folder,
        TMPDIR: this.tempDir,
        DATA_DIR: this.dataDir,
        PORT: '0',
        ...env,
      },
      ...options,
      ...this.#account,
    });
    this.#programs.push(program);
    return program;
  }

  /** The process id of the embedded PostgreSQL, if it runs. */
  findPostgres(): number | null {
    return findPostmaster(clusterFolders(this.dataDir))?.pid ?? null;
  }

  has(name: string): boolean {
    return existsSync(path.join(this.folder, name));
  }

  /** A process that has said good-bye may be listed a moment longer. In hooks too. */
  async expectNothingLeft(): Promise<void> {
    await succeeds(() => {
      expect(this.#leftovers()).toEqual([]);
    });
  }

  /** Command lines of processes that have to do with this stage, and what lies in its temporary folder. */
  #leftovers(): string[] {
    return [
      ...listCommands().filter((command) => command.includes(this.folder)),
      ...readdirSync(this.tempDir),
    ];
  }

  async close(): Promise<void> {
    await Promise.all(this.#programs.map((program) => program.kill()));
    await stopPostmaster(clusterFolders(this.dataDir));
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Ends it as `kill` and service managers do, and tells how it went. */
export async function stop(program: Program, signal: NodeJS.Signals = 'SIGTERM'): Promise<Ending> {
  program.signal(signal);
  return program.ended;
}

function listCommands(): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(readCommand);
}

/** Empty for a process that has just ended, and for one that nobody has reaped yet. */
function readCommand(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
  } catch {
    return '';
  }
}

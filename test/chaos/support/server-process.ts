import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { getPriority, setPriority } from 'node:os';
import { createInterface } from 'node:readline';
import { endWithMe } from './last-will.js';
import type { Launcher } from './slow-link.js';

const NODE = [process.execPath] as const;
/** Below this process, whose simulated WhatsApp and whose clock nobody should wait for. */
const PRIORITY = 5;
const START_LIMIT_MS = 60_000;

export interface ServerProcessOptions {
  readonly name: string;
  readonly env: Readonly<Record<string, string>>;
  /** Its log is appended to this file. */
  readonly logFile: string;
  readonly program: string;
  /** Command that the program is started by; it becomes the program. null: none. */
  readonly launcher: Launcher | null;
}

/** One server process. It may be killed at any moment. */
export class ServerProcess {
  readonly name: string;
  readonly exited: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
  readonly #child: ChildProcess;
  readonly #url: Promise<string>;

  constructor({ name, env, logFile, program, launcher }: ServerProcessOptions) {
    this.name = name;
    const [file, ...args] = launcher === null ? NODE : [...launcher, ...NODE];
    this.#child = spawn(file, [...args, program], {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    if (this.#child.pid !== undefined) setPriority(this.#child.pid, Math.min(19, getPriority() + PRIORITY));
    const takeBack = endWithMe(this.#child.pid, 'SIGKILL');
    const log = createWriteStream(logFile, { flags: 'a' });
    this.#child.stderr?.pipe(log, { end: false });
    this.exited = once(this.#child, 'exit').then(([code, signal]) => ({
      code: code as number | null,
      signal: signal as NodeJS.Signals | null,
    }));
    void this.exited.then(takeBack);
    const started = new Promise<string>((resolve) => {
      createInterface({ input: this.#child.stdout ?? process.stdin }).on('line', (line) => {
        log.write(`${line}\n`);
        const url = urlOf(line);
        if (url !== null) resolve(url);
      });
    });
    const failed = this.exited.then(({ code, signal }) => {
      throw new Error(`${name} ended before it had started (${signal ?? code ?? ''}); see ${logFile}`);
    });
    this.#url = Promise.race([started, failed]);
    failed.catch(() => undefined);
    this.#url.catch(() => undefined);
  }

  /** Resolves with its address when it has started. */
  async started(): Promise<string> {
    const signal = AbortSignal.timeout(START_LIMIT_MS);
    const tooLate = once(signal, 'abort').then(() => {
      throw new Error(`${this.name} did not start within ${START_LIMIT_MS} ms`);
    });
    return Promise.race([this.#url, tooLate]);
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  get pid(): number {
    if (this.#child.pid === undefined) throw new Error(`${this.name} did not start`);
    return this.#child.pid;
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** As a power cut would. To end takes a processor, too, and it has the last turn: where that is allowed, it need not wait for it. */
  async kill(): Promise<void> {
    try {
      if (this.isRunning) setPriority(this.pid, getPriority());
    } catch {
      // A plain user may not.
    }
    this.signal('SIGKILL');
    await this.exited;
  }
}

function urlOf(line: string): string | null {
  try {
    const { msg, url } = JSON.parse(line) as { msg?: string; url?: string };
    return msg === 'started' && url !== undefined ? url : null;
  } catch {
    return null;
  }
}

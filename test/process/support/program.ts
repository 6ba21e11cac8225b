import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

export interface ProgramOptions {
  readonly command?: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly uid?: number;
  readonly gid?: number;
  /** What is piped into it; without it, input is at its end at once. */
  readonly input?: string;
}

export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly output: string;
}

const PATIENCE_MS = 90_000;

/** A real process with its own process group, so that everything it starts can be ended with it. */
export class Program {
  readonly #child: ChildProcess;
  readonly #news = new Set<() => void>();
  readonly ended: Promise<Ending>;
  #output = '';

  constructor({ command = process.execPath, args, env, cwd, uid, gid, input }: ProgramOptions) {
    this.#child = spawn(command, args, {
      cwd,
      env,
      detached: true,
      stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
      ...(uid !== undefined && { uid }),
      ...(gid !== undefined && { gid }),
    });
    this.#child.stdin?.end(input);
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => this.#hear(text));
    }
    this.ended = once(this.#child, 'close').then(([code, signal]: unknown[]) => {
      this.#hear('');
      return {
        code: code as number | null,
        signal: signal as NodeJS.Signals | null,
        output: this.#output,
      };
    });
  }

  /** Standard output and error, as they came. */
  get output(): string {
    return this.#output;
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** The first match in what it has said or will say. Throws when it ends, or says nothing of the kind in time. */
  async untilSaid(pattern: RegExp): Promise<RegExpExecArray> {
    const deadline = AbortSignal.timeout(PATIENCE_MS);
    for (;;) {
      const match = pattern.exec(this.#output);
      if (match !== null) return match;
      if (deadline.aborted || !this.isRunning) {
        throw new Error(
          `${String(pattern)} was never said${this.isRunning ? ' in time' : ''}:\n${this.#output}`,
        );
      }
      await this.#untilNews();
    }
  }

  /** As when the reader of a pipe goes away. */
  closeOutput(): void {
    this.#child.stdout?.destroy();
  }

  signal(name: NodeJS.Signals): void {
    if (this.isRunning) this.#child.kill(name);
  }

  /** Everything in its process group, at once. */
  async kill(): Promise<void> {
    if (this.isRunning && this.#child.pid !== undefined) process.kill(-this.#child.pid, 'SIGKILL');
    await this.ended;
  }

  #hear(text: string): void {
    this.#output += text;
    for (const wake of [...this.#news]) wake();
  }

  async #untilNews(): Promise<void> {
    const heard = new Promise<void>((resolve) => {
      const wake = (): void => {
        this.#news.delete(wake);
        resolve();
      };
      this.#news.add(wake);
    });
    // An ending without words, and the deadline, are seen by looking again.
    await Promise.race([heard, sleep(100)]);
  }
}

import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';

type Answer = { readonly result: unknown } | { readonly error: string };

/** A part of a benchmark in a process of its own, so that it has an event loop and a garbage collector to itself. */
export class BenchProcess implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #signal: AbortSignal;

  private constructor(child: ChildProcess, signal: AbortSignal) {
    this.#child = child;
    this.#signal = signal;
  }

  /** Starts a program that calls {@link serve}; `setUp` is its first request. */
  static async start(program: URL, setUp: unknown, signal: AbortSignal): Promise<BenchProcess> {
    const started = new BenchProcess(fork(program), signal);
    try {
      await started.ask(setUp);
      return started;
    } catch (error) {
      await started[Symbol.asyncDispose]();
      throw error;
    }
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** One request at a time. */
  async ask<T>(request: unknown): Promise<T> {
    const over = new AbortController();
    const signal = AbortSignal.any([over.signal, this.#signal]);
    const answered = once(this.#child, 'message', { signal });
    const ended = once(this.#child, 'exit', { signal }).then(([code]) => {
      throw new Error(`a process of the benchmark ended with ${String(code)}`);
    });
    try {
      this.#child.send(request as object);
      const [answer] = (await Promise.race([answered, ended])) as [Answer];
      if ('error' in answer) throw new Error(answer.error);
      return answer.result as T;
    } finally {
      over.abort();
      void Promise.allSettled([answered, ended]);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, 'exit');
    this.#child.kill();
    await ended;
  }
}

/** The other side: the first request goes to `setUp`, which makes what handles all others. */
export function serve(setUp: (options: never) => Promise<(request: never) => Promise<unknown>>): void {
  let handle: ((request: never) => Promise<unknown>) | null = null;
  const answerTo = async (request: unknown): Promise<unknown> => {
    if (handle !== null) return handle(request as never);
    handle = await setUp(request as never);
    return null;
  };
  process.on('message', (request) => {
    answerTo(request).then(
      (result) => process.send?.({ result } satisfies Answer),
      (error: unknown) => process.send?.({ error: error instanceof Error ? error.stack : String(error) }),
    );
  });
  // Whoever asks is gone.
  process.on('disconnect', () => process.exit(0));
}

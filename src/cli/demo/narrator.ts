import { performance } from 'node:perf_hooks';

/** A step of the demo did not show what it should. */
export class DemoStepFailed extends Error {
  readonly step: string;

  constructor(step: string, cause: unknown) {
    super(`step failed: ${step}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    this.name = 'DemoStepFailed';
    this.step = step;
  }
}

/** Tells people what happens, a line each with the seconds since the start. */
export class Narrator {
  readonly #write: (line: string) => void;
  readonly #startedAt = performance.now();
  #silent = false;

  constructor(write: (line: string) => void) {
    this.#write = write;
  }

  async step<T>(title: string, run: () => Promise<T>): Promise<T> {
    this.say(`▸ ${title}`);
    try {
      const result = await run();
      this.say(`✓ ${title}`);
      return result;
    } catch (error) {
      this.say(`✗ ${title}`);
      throw new DemoStepFailed(title, error);
    }
  }

  /** News from a subscription. */
  event(source: string, line: string): void {
    this.say(`    ${source.padEnd(8)} ${line}`);
  }

  /** Nothing more is worth telling: what breaks from here on breaks because everything is being stopped. */
  fallSilent(): void {
    this.#silent = true;
  }

  say(line: string): void {
    if (this.#silent) return;
    const seconds = ((performance.now() - this.#startedAt) / 1000).toFixed(2).padStart(6);
    this.#write(`${seconds} s  ${line}\n`);
  }
}

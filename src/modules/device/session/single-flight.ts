/** Runs one piece of work at a time; asking again while it runs leads to exactly one more run. */
export class SingleFlight {
  readonly #work: () => Promise<void>;
  #running: Promise<void> | null = null;
  #again = false;

  /** `work` must not reject. */
  constructor(work: () => Promise<void>) {
    this.#work = work;
  }

  get isRunning(): boolean {
    return this.#running !== null;
  }

  request(): void {
    this.#again = true;
    this.#running ??= this.#run();
  }

  /** Resolves when nothing runs and nothing more was asked for. */
  async idle(): Promise<void> {
    while (this.#running !== null) await this.#running;
  }

  async #run(): Promise<void> {
    // Whoever asks in this turn of the event loop is served by one run.
    await Promise.resolve();
    try {
      while (this.#again) {
        this.#again = false;
        await this.#work();
      }
    } finally {
      this.#running = null;
    }
  }
}

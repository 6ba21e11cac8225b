/** Follows a stream in the background and lets callers wait until it has shown what they expect. */
export class Watch<T> {
  readonly #seen: T[] = [];
  readonly #waiting = new Set<() => void>();
  #failure: Error | null = null;

  constructor(stream: AsyncIterable<T>, onItem: (item: T) => void = () => undefined) {
    void this.#follow(stream, onItem);
  }

  /** The first item, already seen or yet to come, that satisfies `matches`; rejects after `timeoutMs`, naming `what`. */
  async waitFor(what: string, matches: (item: T) => boolean, timeoutMs = 20_000): Promise<T> {
    const deadline = AbortSignal.timeout(timeoutMs);
    for (;;) {
      const found = this.#seen.find(matches);
      if (found !== undefined) return found;
      if (this.#failure !== null) throw this.#failure;
      if (deadline.aborted) throw new Error(`${what} was not seen within ${timeoutMs / 1000} s`);
      await this.#nextChange(deadline);
    }
  }

  #nextChange(deadline: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        this.#waiting.delete(done);
        deadline.removeEventListener('abort', done);
        resolve();
      };
      this.#waiting.add(done);
      deadline.addEventListener('abort', done, { once: true });
    });
  }

  async #follow(stream: AsyncIterable<T>, onItem: (item: T) => void): Promise<void> {
    try {
      for await (const item of stream) {
        this.#seen.push(item);
        onItem(item);
        this.#wakeAll();
      }
    } catch (error) {
      this.#failure = error instanceof Error ? error : new Error(JSON.stringify(error));
    }
    this.#wakeAll();
  }

  #wakeAll(): void {
    for (const wake of [...this.#waiting]) wake();
  }
}

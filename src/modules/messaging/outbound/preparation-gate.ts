import { Semaphore } from 'async-mutex';

/** About as many as devices of one process; who finds none waits for the next that leaves. Each leaving looks at all of them: a million cost 5 ms. */
const PLACES = 1_000;

/**
 * Who prepares messages in this process: many beside each other, or one with nobody else. When a process ends while one was alone, its
 * message is to blame and no other. First come, first served: nobody waits for ever.
 */
export class PreparationGate {
  readonly #places = new Semaphore(PLACES);

  /** Returns how to leave; leaving twice does nothing. */
  async enter(): Promise<() => void> {
    const [, leave] = await this.#places.acquire(1);
    return leave;
  }

  async enterAlone(): Promise<() => void> {
    const [, leave] = await this.#places.acquire(PLACES);
    return leave;
  }
}

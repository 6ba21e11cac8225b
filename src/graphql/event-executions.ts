import { GraphQLError } from 'graphql';
import type { ExecutionResult } from 'graphql';

/**
 * The results of a subscription: `execute` runs for each event of `source`, one at a time and only when the next result is asked
 * for. An error of the source becomes the last result. Ending it early calls `stop` first, since a source that waits
 * for its next event notices nothing else.
 */
export class EventExecutions implements AsyncGenerator<ExecutionResult, void, void> {
  readonly #source: AsyncIterator<unknown>;
  readonly #execute: (event: unknown) => Promise<ExecutionResult>;
  readonly #stop: () => void;
  #isOver = false;

  constructor(
    source: AsyncIterable<unknown>,
    execute: (event: unknown) => Promise<ExecutionResult>,
    stop: () => void,
  ) {
    this.#source = source[Symbol.asyncIterator]();
    this.#execute = execute;
    this.#stop = stop;
  }

  async next(): Promise<IteratorResult<ExecutionResult, void>> {
    if (this.#isOver) return { done: true, value: undefined };
    try {
      const event = await this.#source.next();
      if (event.done !== true) return { done: false, value: await this.#execute(event.value) };
      this.#end();
      return { done: true, value: undefined };
    } catch (error) {
      this.#end();
      return { done: false, value: { errors: [asGraphqlError(error)] } };
    }
  }

  async return(): Promise<IteratorResult<ExecutionResult, void>> {
    this.#end();
    await this.#source.return?.();
    return { done: true, value: undefined };
  }

  async throw(error: unknown): Promise<never> {
    await this.return();
    throw error;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#stop();
  }
}

function asGraphqlError(error: unknown): GraphQLError {
  const originalError = error instanceof Error ? error : new Error(String(error));
  return error instanceof GraphQLError ? error : new GraphQLError(originalError.message, { originalError });
}

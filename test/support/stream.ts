import type { Client } from 'graphql-ws';
import { succeeds } from './eventually.js';

interface Operation {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

/** A running subscription: what it has told so far, in order. */
export class Stream<T> {
  readonly items: T[] = [];
  /** What ended it other than {@link stop}: an Error, GraphQL errors or the close of the socket. */
  failure: unknown = null;
  isOver = false;
  readonly #stop: () => void;

  constructor(client: Client, field: string, operation: Operation) {
    this.#stop = client.subscribe<Record<string, T>>(
      { query: operation.query, variables: { ...operation.variables } },
      {
        next: ({ data, errors }) => {
          if (errors !== undefined) this.failure = errors;
          if (data != null) this.items.push(data[field] as T);
        },
        error: (failure) => {
          this.failure = failure;
          this.isOver = true;
        },
        complete: () => (this.isOver = true),
      },
    );
  }

  /** The first item, seen or yet to come, that satisfies `matches`. */
  async first(matches: (item: T) => boolean): Promise<T> {
    await this.#shows(() => this.items.some(matches));
    const found = this.items.find(matches);
    if (found === undefined) throw this.#ending();
    return found;
  }

  /** All items, once there are so many. */
  async atLeast(count: number): Promise<readonly T[]> {
    await this.#shows(() => this.items.length >= count);
    if (this.items.length < count) throw this.#ending();
    return this.items;
  }

  stop(): void {
    this.#stop();
  }

  #shows(enough: () => boolean): Promise<void> {
    return succeeds(() => {
      if (!enough() && !this.isOver) throw new Error(`it told only ${JSON.stringify(this.items)}`);
    });
  }

  #ending(): Error {
    const items = JSON.stringify(this.items.slice(-3));
    return new Error(`the subscription ended too early, with ${items}`, { cause: this.failure });
  }
}

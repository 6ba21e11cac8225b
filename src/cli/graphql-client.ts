import { createClient, type Client } from 'graphql-ws';

interface GraphqlAnswer<T> {
  readonly data?: T | null;
  readonly errors?: readonly {
    readonly message: string;
    readonly extensions?: { readonly reason?: string };
  }[];
}

/** The API refused an operation; `reason` is its machine-readable name. */
export class GraphqlRequestError extends Error {
  readonly reason: string | null;

  constructor(message: string, reason: string | null) {
    super(message);
    this.name = 'GraphqlRequestError';
    this.reason = reason;
  }
}

/** A client of the public API as anybody would write one: HTTP for operations, graphql-ws for subscriptions. */
export class GraphqlClient implements AsyncDisposable {
  readonly #url: string;
  readonly #token: string;
  readonly #sockets: Client;

  /** `url` is the HTTP endpoint, e.g. `http://127.0.0.1:3000/graphql`. */
  constructor(url: string, token: string) {
    this.#url = url;
    this.#token = token;
    this.#sockets = createClient({
      url: url.replace(/^http/, 'ws'),
      connectionParams: { authorization: `Bearer ${token}` },
      retryAttempts: 5,
    });
  }

  async request<T>(query: string, variables: Record<string, unknown> = {}): Promise<T> {
    const response = await fetch(this.#url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${this.#token}` },
      body: JSON.stringify({ query, variables }),
    });
    const answer = (await response.json()) as GraphqlAnswer<T>;
    const error = answer.errors?.[0];
    if (error !== undefined) throw new GraphqlRequestError(error.message, error.extensions?.reason ?? null);
    if (answer.data === undefined || answer.data === null) {
      throw new GraphqlRequestError(`the server answered ${response.status} without data`, null);
    }
    return answer.data;
  }

  /** Yields each event of one subscription until the server completes it or the caller stops reading. */
  async *subscribe<T>(query: string, variables: Record<string, unknown> = {}): AsyncGenerator<T, void> {
    for await (const answer of this.#sockets.iterate<T>({ query, variables })) {
      const error = answer.errors?.[0];
      if (error !== undefined) throw new GraphqlRequestError(error.message, null);
      if (answer.data !== undefined && answer.data !== null) yield answer.data;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#sockets.dispose();
  }
}

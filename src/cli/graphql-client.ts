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

/** Nobody answers, or not as our server does. */
export class ServerUnreachableError extends Error {
  constructor(url: string, why: string, cause?: unknown) {
    super(
      `No Trunkline server answers at ${url} (${why}). Start it with "npm start", or name another with --url.`,
      {
        cause,
      },
    );
    this.name = 'ServerUnreachableError';
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
    const answer = await this.#post<T>({ query, variables });
    const error = answer.errors?.[0];
    if (error !== undefined) throw new GraphqlRequestError(error.message, error.extensions?.reason ?? null);
    if (answer.data === undefined || answer.data === null) {
      throw new GraphqlRequestError('The server answered without data.', null);
    }
    return answer.data;
  }

  /** Yields each event of one subscription until the server completes it or the caller stops reading. */
  async *subscribe<T>(query: string, variables: Record<string, unknown> = {}): AsyncGenerator<T, void> {
    try {
      for await (const answer of this.#sockets.iterate<T>({ query, variables })) {
        const error = answer.errors?.[0];
        if (error !== undefined) throw new GraphqlRequestError(error.message, null);
        if (answer.data !== undefined && answer.data !== null) yield answer.data;
      }
    } catch (error) {
      throw toError(error, this.#url);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#sockets.dispose();
  }

  async #post<T>(body: object): Promise<GraphqlAnswer<T>> {
    const response = await fetch(this.#url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${this.#token}` },
      body: JSON.stringify(body),
    }).catch((error: unknown) => {
      throw new ServerUnreachableError(this.#url, explainFetch(error), error);
    });
    try {
      return (await response.json()) as GraphqlAnswer<T>;
    } catch (error) {
      throw new ServerUnreachableError(this.#url, `HTTP ${response.status} without GraphQL`, error);
    }
  }
}

/** fetch says only that it failed; its cause says why, for a name with several addresses once for each. */
function explainFetch(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  if (cause instanceof AggregateError) return explainFetch(cause.errors[0]);
  return cause instanceof Error ? cause.message : String(cause);
}

/** graphql-ws throws errors, closings of the socket, and lists of GraphQL errors. */
function toError(error: unknown, url: string): Error {
  if (error instanceof Error) return error;
  const first: unknown = Array.isArray(error) ? error[0] : error;
  if (typeof first === 'object' && first !== null) {
    if ('message' in first && typeof first.message === 'string' && first.message !== '') {
      return new GraphqlRequestError(first.message, null);
    }
    if ('code' in first && typeof first.code === 'number') {
      const reason = 'reason' in first && typeof first.reason === 'string' ? first.reason : '';
      return new ServerUnreachableError(url, `the websocket closed with ${first.code} ${reason}`.trimEnd());
    }
  }
  return new ServerUnreachableError(url, 'the websocket failed');
}

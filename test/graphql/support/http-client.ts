/** What a door answered. */
interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly data: Record<string, unknown> | null | undefined;
  readonly errors: readonly AnswerError[];
  readonly extensions: Record<string, unknown> | undefined;
}

export interface AnswerError {
  readonly message: string;
  readonly path?: readonly (string | number)[];
  readonly extensions: {
    readonly code: string;
    readonly reason: string;
    readonly retryable: boolean;
    readonly requestId: string;
    readonly fields?: readonly { readonly path: string; readonly message: string }[];
    readonly [name: string]: unknown;
  };
}

interface Request {
  readonly query: string;
  readonly variables?: Record<string, unknown>;
  readonly token?: string;
  readonly headers?: Record<string, string>;
}

/** One operation over plain HTTP. */
export async function post(url: string, { query, variables, token, headers }: Request): Promise<Answer> {
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...headers,
    },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors, extensions } = (await response.json()) as {
    data?: Record<string, unknown> | null;
    errors?: AnswerError[];
    extensions?: Record<string, unknown>;
  };
  return { status: response.status, headers: response.headers, data, errors: errors ?? [], extensions };
}

import { createClient } from 'graphql-ws';
import type { Client } from 'graphql-ws';
import type { AnswerError } from './http-client.js';

interface WebsocketAnswer {
  readonly data: Record<string, unknown> | null | undefined;
  readonly errors: readonly AnswerError[];
}

/** The stock client; no retries, so that a test sees what happened. */
export function connect(wsUrl: string, token: string | null): Client {
  return createClient({
    url: wsUrl,
    retryAttempts: 0,
    lazyCloseTimeout: 0,
    onNonLazyError: () => undefined,
    ...(token !== null && { connectionParams: { authorization: token } }),
  });
}

/** The first result of an operation, whether as data or as the error of a refused one. */
export async function first(
  client: Client,
  query: string,
  variables: Record<string, unknown> = {},
): Promise<WebsocketAnswer> {
  const results = client.iterate({ query, variables });
  try {
    const result = await results.next();
    if (result.done === true) throw new Error('the operation ended without a result');
    const { data, errors } = result.value;
    return { data, errors: (errors ?? []) as readonly AnswerError[] };
  } catch (error) {
    if (Array.isArray(error)) return { data: undefined, errors: error as AnswerError[] };
    throw error;
  } finally {
    await results.return?.(undefined);
  }
}

/** One operation over a socket of its own. */
export async function operate(wsUrl: string, token: string, query: string): Promise<WebsocketAnswer> {
  const client = connect(wsUrl, token);
  try {
    return await first(client, query);
  } finally {
    await client.dispose();
  }
}

import { setTimeout as sleep } from 'node:timers/promises';
import { GraphqlRequestError, type GraphqlClient } from '../../../src/cli/graphql-client.js';

/** Doubled with each try, to this. */
const [RETRY_MS, LONGEST_RETRY_MS] = [200, 3_200];
/** The API asks to try again, or gave no answer of its own. */
const AGAIN: ReadonlySet<string | null> = new Set([
  null,
  'DATABASE_UNAVAILABLE',
  'DATABASE_BUSY',
  'OPERATION_TIMED_OUT',
  'SHUTTING_DOWN',
]);

/**
 * What a careful client does: the same request again until there is an answer; a mutation needs an idempotency key for that. What the API
 * says clearly is an answer, and thrown. null: the signal was aborted first.
 */
export async function insist<T>(
  client: GraphqlClient,
  request: { readonly query: string; readonly variables: Record<string, unknown> },
  options: { readonly signal?: AbortSignal; readonly onRepeat?: (error: unknown) => void } = {},
): Promise<T | null> {
  for (let pauseMs = RETRY_MS; options.signal?.aborted !== true; pauseMs *= 2) {
    try {
      return await client.request<T>(request.query, request.variables);
    } catch (error) {
      if (error instanceof GraphqlRequestError && !AGAIN.has(error.reason)) throw error;
      options.onRepeat?.(error);
      await sleep(Math.min(pauseMs, LONGEST_RETRY_MS));
    }
  }
  return null;
}

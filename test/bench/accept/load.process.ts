import { Pool } from 'undici';
import { serve } from '../child-process.js';
import { closedLoop } from '../latency.js';
import type { Round } from '../latency.js';

export interface LoadSetUp {
  /** The GraphQL endpoint. */
  readonly url: string;
  readonly apiKey: string;
  readonly connections: number;
  readonly deviceIds: readonly string[];
  readonly recipients: readonly string[];
}

/** Either each device to each recipient once, so that contacts and conversations exist, or as many as fit into the time. */
export type LoadRequest =
  { readonly kind: 'once-each' } | { readonly kind: 'timed'; readonly seconds: number };

const SEND_MESSAGE = `
  mutation SendMessage($input: SendMessageInput!) {
    sendMessage(input: $input) { message { id status createdAt } replayed }
  }`;
const TEXT = 'Your order has left our shop and will be with you tomorrow between 9 and 11.';

/** A caller of the API: keep-alive connections, one request at a time on each. */
serve(async (options: LoadSetUp) => {
  const { url, apiKey, connections, deviceIds, recipients } = options;
  const { origin, pathname: path } = new URL(url);
  const pool = new Pool(origin, { connections, pipelining: 1 });
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${apiKey}` };

  const send = async (deviceId: string, to: string): Promise<void> => {
    const body = JSON.stringify({
      query: SEND_MESSAGE,
      variables: { input: { deviceId, to, text: TEXT } },
    });
    const response = await pool.request({ path, method: 'POST', headers, body });
    const answer = (await response.body.json()) as { data?: { sendMessage?: { message: object } | null } };
    if (answer.data?.sendMessage?.message === undefined) {
      throw new Error(`refused: ${JSON.stringify(answer)}`);
    }
  };

  return async (request: LoadRequest): Promise<Round | null> => {
    if (request.kind === 'timed') {
      const { seconds } = request;
      return closedLoop({ workers: connections, seconds }, () => send(pick(deviceIds), pick(recipients)));
    }
    for (const deviceId of deviceIds) await Promise.all(recipients.map((to) => send(deviceId, to)));
    return null;
  };
});

function pick(values: readonly string[]): string {
  return values[Math.floor(Math.random() * values.length)] ?? '';
}

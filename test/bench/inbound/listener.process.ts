import { GraphqlClient } from '../../../src/cli/graphql-client.js';
import { serve } from '../child-process.js';

export interface ListenerSetUp {
  readonly url: string;
  readonly apiKey: string;
  readonly subaccountIds: readonly string[];
}

/** Resolves with the time at which so many more received messages had been told. */
export interface ListenerRequest {
  readonly count: number;
}

const RECEIVED = `subscription ($id: ID!) {
  events(subaccountId: $id, topics: [MESSAGE_RECEIVED]) { cursor }
}`;

/** Follows all subaccounts by websocket, as an application does. */
serve(async ({ url, apiKey, subaccountIds }: ListenerSetUp) => {
  const client = new GraphqlClient(url, apiKey);
  let seen = 0;
  let asked = 0;
  let wake: () => void = () => undefined;
  const follow = async (id: string): Promise<void> => {
    const events = client.subscribe<object>(RECEIVED, { id });
    while ((await events.next()).done !== true) {
      seen += 1;
      wake();
    }
  };
  for (const id of subaccountIds) {
    follow(id).catch((error: unknown) => {
      console.error(error);
      process.exit(1);
    });
  }
  return async ({ count }: ListenerRequest): Promise<number> => {
    asked += count;
    while (seen < asked) await new Promise<void>((resolve) => (wake = resolve));
    return Date.now();
  };
});

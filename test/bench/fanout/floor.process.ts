import { once } from 'node:events';
import { WebSocketServer } from 'ws';
import { serve } from '../child-process.js';

export interface BroadcastRequest {
  readonly events: number;
  readonly payload: string;
}

/** The bare library: one text to all sockets, made once. Returns its address, then when it began to send. */
serve(async () => {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  return async (request: BroadcastRequest | 'url'): Promise<string | number> => {
    if (request === 'url') return `ws://127.0.0.1:${String(port)}`;
    const startedAt = Date.now();
    for (let event = 0; event < request.events; event += 1) {
      for (const socket of server.clients) socket.send(request.payload);
      await new Promise((resolve) => setImmediate(resolve));
    }
    return startedAt;
  };
});

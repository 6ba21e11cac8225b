import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';
import type { RawData } from 'ws';
import { serve } from '../child-process.js';

export interface WatchersSetUp {
  readonly url: string;
  readonly count: number;
  /** What each says first; an acknowledgement of the first is waited for before the second. Empty: a server that just sends. */
  readonly greetings: readonly string[];
}

/** Resolves with the time at which so many more news have come to all watchers together since it was last asked, null when they do not in time. */
export interface WatchersRequest {
  readonly count: number;
  readonly withinMs: number;
}

/** Watchers by websocket, bare ones: what they cost must not hide what the server costs. */
serve(async ({ url, count, greetings }: WatchersSetUp) => {
  let seen = 0;
  let wanted = 0;
  let lastAt = 0;
  let wake: () => void = () => undefined;
  const onNews = (data: RawData): void => {
    // Of the protocol's other messages none comes while news are counted.
    if (data instanceof Buffer && data.includes('"type":"ping"')) return;
    seen += 1;
    lastAt = Date.now();
    if (seen === wanted) wake();
  };
  const open = async (): Promise<void> => {
    const socket = new WebSocket(url, greetings.length > 0 ? ['graphql-transport-ws'] : []);
    await once(socket, 'open');
    const [hello, ...others] = greetings;
    if (hello !== undefined) {
      socket.send(hello);
      await once(socket, 'message');
    }
    for (const greeting of others) socket.send(greeting);
    socket.on('message', onNews);
  };
  for (let opened = 0; opened < count; opened += 1) await open();
  return async ({ count: more, withinMs }: WatchersRequest): Promise<number | null> => {
    wanted = more;
    const arrived = new Promise<void>((resolve) => (wake = resolve));
    if (seen < wanted) await Promise.race([arrived, sleep(withinMs)]);
    const isComplete = seen >= wanted;
    seen = 0;
    return isComplete ? lastAt : null;
  };
});

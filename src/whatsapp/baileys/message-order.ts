import type { EventEmitter } from 'node:events';
import type { BinaryNode } from '@whiskeysockets/baileys';
import { Mutex } from 'async-mutex';

const MESSAGE = 'CB:message';

/**
 * The library looks up the addresses of a sender before it queues a message, so that what came later overtakes the first
 * messages of somebody new. Here each waits for the one before it, and all for what WhatsApp had kept for us.
 *
 * @param untilCaughtUp settles when nothing that WhatsApp had kept is open
 */
export function keepMessageOrder(ws: EventEmitter, untilCaughtUp: () => Promise<void>): void {
  const inOrder = new Mutex();
  const listeners = ws.listeners(MESSAGE);
  ws.removeAllListeners(MESSAGE);
  const handle = async (node: BinaryNode): Promise<void> => {
    for (const listener of listeners) await Reflect.apply(listener, ws, [node]);
  };
  // eslint-disable-next-line @typescript-eslint/no-misused-promises -- this emitter contains what its listeners reject with
  ws.on(MESSAGE, (node: BinaryNode) => {
    // The library queues these by itself, one after the other.
    if (node.attrs.offline !== undefined) return handle(node);
    return inOrder.runExclusive(async () => {
      await untilCaughtUp();
      await handle(node);
    });
  });
}

import type { EventEmitter } from 'node:events';
import type { BinaryNode } from '@whiskeysockets/baileys';

const RECEIPT = 'CB:receipt';

/**
 * The library works on receipts in the order in which it gets them, and acknowledges each when it is done. One for which `hold` gives a
 * promise reaches it when that resolves, and never when it rejects: WhatsApp delivers it again then. The others are not held up.
 */
export function holdReceipts(ws: EventEmitter, hold: (node: BinaryNode) => Promise<void> | null): void {
  const listeners = ws.listeners(RECEIPT);
  ws.removeAllListeners(RECEIPT);
  // eslint-disable-next-line @typescript-eslint/no-misused-promises -- this emitter contains what its listeners reject with
  ws.on(RECEIPT, async (node: BinaryNode) => {
    const held = hold(node);
    if (held !== null) await held;
    for (const listener of listeners) await Reflect.apply(listener, ws, [node]);
  });
}

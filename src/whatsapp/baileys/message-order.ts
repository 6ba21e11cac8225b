import type { EventEmitter } from 'node:events';
import type { BinaryNode } from '@whiskeysockets/baileys';
import { Mutex, Semaphore } from 'async-mutex';
import type { InboundStanza, InboundStanzas } from './inbound-stanzas.js';
import type { KeysAhead } from './keys-ahead.js';
import type { Quarantine } from './quarantine.js';

const MESSAGE = 'CB:message';
/** Messages of a device that are decrypted and wait to be stored and acknowledged. */
const MAX_UNANSWERED = 64;

interface OrderContext {
  readonly inbound: InboundStanzas;
  readonly keysAhead: KeysAhead;
  readonly quarantine: Quarantine;
  /** Settles when nothing that WhatsApp had kept is open. */
  readonly untilCaughtUp: () => Promise<void>;
  /** What the library must wait for before it gets a message that holds nothing to decrypt. */
  readonly beforehand: (node: BinaryNode) => Promise<void>;
  /** It is dealt with later. */
  readonly onHeld: (stanza: InboundStanza) => void;
}

/**
 * The library looks up the addresses of a sender before it queues a message, so that what came later overtakes the first
 * messages of somebody new. Here each waits until the one before it is decrypted, and all for what WhatsApp had kept for us; but who is in
 * quarantine waits in a row of their own. Nobody waits until a readable one is stored: what is decrypted meanwhile is stored together.
 * Returns what resolves when all that had come when it was called is on its way to the store, or settled.
 */
export function keepMessageOrder(ws: EventEmitter, context: OrderContext): () => Promise<void> {
  const { inbound, keysAhead, quarantine, untilCaughtUp, beforehand, onHeld } = context;
  const [live, kept] = [new Mutex(), new Mutex()];
  const unanswered = new Semaphore(MAX_UNANSWERED);
  const listeners = ws.listeners(MESSAGE);
  ws.removeAllListeners(MESSAGE);
  const handle = async (node: BinaryNode, stanza: InboundStanza | undefined): Promise<void> => {
    if (node.attrs.offline === undefined) await untilCaughtUp();
    if (stanza === undefined) await beforehand(node);
    const answered = unanswered.runExclusive(async () => {
      for (const listener of listeners) await Reflect.apply(listener, ws, [withoutQueue(node)]);
    });
    if (stanza !== undefined) await Promise.race([stanza.opened, answered]);
    if (stanza?.outcome !== 'READ') await answered;
    if (stanza?.outcome === 'UNREAD') quarantine.unread(node);
    else if (stanza?.outcome === 'READ') quarantine.read(node);
  };
  // eslint-disable-next-line @typescript-eslint/no-misused-promises -- this emitter contains what its listeners reject with
  ws.on(MESSAGE, (node: BinaryNode) => {
    const stanza = inbound.find(node);
    if (stanza !== undefined) keysAhead.arrived(node);
    const inOrder = node.attrs.offline === undefined ? live : kept;
    const later = (): Promise<void> => inOrder.runExclusive(() => handle(node, stanza));
    // Asked when its turn has come: what came before it may be what brings the quarantine.
    return inOrder.runExclusive(async () => {
      if (stanza !== undefined) keysAhead.reached(node);
      if (stanza !== undefined && quarantine.holds(node, later)) onHeld(stanza);
      else await handle(node, stanza);
    });
  });
  return async () => {
    for (const inOrder of [kept, live]) await inOrder.runExclusive(() => undefined);
  };
}

/** What WhatsApp had kept the library would deal with one by one, in a queue of its own, and not say when it is done. The ciphertexts stay the same objects. */
function withoutQueue(node: BinaryNode): BinaryNode {
  const { offline, ...attrs } = node.attrs;
  return offline === undefined ? node : { ...node, attrs };
}

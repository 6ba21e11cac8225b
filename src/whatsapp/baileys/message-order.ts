import type { EventEmitter } from 'node:events';
import type { BinaryNode } from '@whiskeysockets/baileys';
import { Mutex } from 'async-mutex';
import type { Clock } from '../../kernel/clock.js';
import type { InboundStanza, InboundStanzas } from './inbound-stanzas.js';
import type { Quarantine } from './quarantine.js';

const MESSAGE = 'CB:message';
/** Some of what WhatsApp had kept is answered without being decrypted; nothing waits longer for its end. */
const PATIENCE_MS = 3_000;

interface OrderContext {
  readonly inbound: InboundStanzas;
  readonly quarantine: Quarantine;
  /** Settles when nothing that WhatsApp had kept is open. */
  readonly untilCaughtUp: () => Promise<void>;
  /** It is dealt with later. */
  readonly onHeld: (stanza: InboundStanza) => void;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/**
 * The library looks up the addresses of a sender before it queues a message, so that what came later overtakes the first
 * messages of somebody new. Here each waits for the one before it, and all for what WhatsApp had kept for us; but who is in quarantine
 * waits in a row of their own.
 * Returns what resolves when the library has taken over all that had come when it was called.
 */
export function keepMessageOrder(ws: EventEmitter, context: OrderContext): () => Promise<void> {
  const { inbound, quarantine, untilCaughtUp, onHeld } = context;
  const [live, kept] = [new Mutex(), new Mutex()];
  const listeners = ws.listeners(MESSAGE);
  ws.removeAllListeners(MESSAGE);
  const handle = async (node: BinaryNode, stanza: InboundStanza | undefined): Promise<void> => {
    const isKept = node.attrs.offline !== undefined;
    if (!isKept) await untilCaughtUp();
    for (const listener of listeners) await Reflect.apply(listener, ws, [node]);
    // The library queues these by itself, and does not say when it is done.
    if (isKept && stanza !== undefined) await patiently(stanza.settled, context);
    if (stanza?.outcome === 'UNREAD') quarantine.unread(node);
    else if (stanza?.outcome === 'READ') quarantine.read(node);
  };
  // eslint-disable-next-line @typescript-eslint/no-misused-promises -- this emitter contains what its listeners reject with
  ws.on(MESSAGE, (node: BinaryNode) => {
    const stanza = inbound.find(node);
    const inOrder = node.attrs.offline === undefined ? live : kept;
    const later = (): Promise<void> => inOrder.runExclusive(() => handle(node, stanza));
    // Asked when its turn has come: what came before it may be what brings the quarantine.
    return inOrder.runExclusive(async () => {
      if (stanza !== undefined && quarantine.holds(node, later)) onHeld(stanza);
      else await handle(node, stanza);
    });
  });
  return async () => {
    for (const inOrder of [kept, live]) await inOrder.runExclusive(() => undefined);
  };
}

async function patiently(settled: Promise<void>, { clock, signal }: OrderContext): Promise<void> {
  const done = new AbortController();
  const tooLong = clock.sleep(PATIENCE_MS, AbortSignal.any([done.signal, signal])).catch(() => undefined);
  await Promise.race([settled, tooLong]);
  done.abort();
}

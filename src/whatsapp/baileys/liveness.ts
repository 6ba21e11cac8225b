import { S_WHATSAPP_NET, type BinaryNode } from '@whiskeysockets/baileys';
import { boomFacts, closeOf } from './close-reasons.js';
import type { Link } from './link.js';
import type { Settings } from './settings.js';

/**
 * Pings until the link is over. An unanswered ping ends it: a socket that is open and deaf looks healthy to TCP, and to the
 * library too as long as anything at all arrives.
 */
export async function keepAlive(link: Link, { clock, timeouts }: Settings): Promise<void> {
  const { pingIntervalMs, pingTimeoutMs } = timeouts;
  for (;;) {
    await clock.sleep(pingIntervalMs, link.signal).catch(() => undefined);
    if (link.isOver) return;
    if (await isAnswered(link, pingTimeoutMs)) continue;
    link.end(closeOf('DEAF', { detail: `no answer to a ping within ${String(pingTimeoutMs)} ms` }));
    return;
  }
}

async function isAnswered(link: Link, timeoutMs: number): Promise<boolean> {
  const ping: BinaryNode = {
    tag: 'iq',
    attrs: { to: S_WHATSAPP_NET, type: 'get', xmlns: 'w:p' },
    content: [{ tag: 'ping', attrs: {} }],
  };
  try {
    // The library answers a timeout with undefined or with its error 408, whichever of its two timers is first.
    return (await link.socket.query(ping, timeoutMs)) !== undefined;
  } catch (error) {
    return boomFacts(error).code !== 408;
  }
}

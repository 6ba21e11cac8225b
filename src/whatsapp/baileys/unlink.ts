import { S_WHATSAPP_NET, type BinaryNode } from '@whiskeysockets/baileys';
import { closeOf } from './close-reasons.js';
import type { Link } from './link.js';

const ANSWER_TIMEOUT_MS = 5_000;

/** Takes this device off the phone's list of linked devices. Needs a link that is logged in. True when WhatsApp confirmed it. */
export async function removeFromPhone(link: Link): Promise<boolean> {
  const address = link.socket.user?.id;
  if (address === undefined) return false;
  const request: BinaryNode = {
    tag: 'iq',
    attrs: { to: S_WHATSAPP_NET, type: 'set', xmlns: 'md' },
    content: [{ tag: 'remove-companion-device', attrs: { jid: address, reason: 'user_initiated' } }],
  };
  const answered = link.socket.query(request, ANSWER_TIMEOUT_MS).then(
    (answer) => answer !== undefined,
    () => false,
  );
  // WhatsApp may answer, throw us out as a removed device, or both.
  const thrownOut = link.ended.then((close) => close.reason === 'LOGGED_OUT');
  return Promise.race([answered.then((yes) => yes || (link.isOver ? thrownOut : false)), thrownOut]);
}

/** Ends a link whose device no longer exists. */
export function endUnlinked(link: Link): void {
  link.end(closeOf('LOGGED_OUT', { detail: 'logged out by us' }));
}

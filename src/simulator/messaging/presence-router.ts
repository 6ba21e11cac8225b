import type { Network } from '../network.js';
import type { LinkedDevice } from '../state/linked-device.js';
import { chatKind } from '../wire/address.js';
import { children, node, type Node } from '../wire/node.js';
import type { PostOffice } from './post-office.js';

/** Who is there and who is typing. */
export class PresenceRouter {
  readonly #network: Network;
  readonly #office: PostOffice;

  constructor(network: Network, office: PostOffice) {
    this.#network = network;
    this.#office = office;
  }

  accept(from: LinkedDevice, stanza: Node): void {
    if (stanza.tag === 'chatstate') this.#chatState(from, stanza);
    else if (stanza.attrs['type'] === 'subscribe') this.#subscribe(from, stanza.attrs['to'] ?? '');
    else if (stanza.attrs['type'] !== undefined) from.available = stanza.attrs['type'] === 'available';
  }

  #chatState(from: LinkedDevice, stanza: Node): void {
    const to = stanza.attrs['to'] ?? '';
    const [state] = children(stanza);
    if (!state || chatKind(to) !== 'person') return;
    const recipient = this.#network.directory.byAddress(to);
    if (!recipient) return;
    // A voice note in the making is "composing" with media="audio".
    const shown = state.attrs['media'] === 'audio' ? 'recording' : state.tag;
    recipient.phone.observe({ from: from.account.number, state: shown, at: Date.now() });
    const sender = from.account.address(to.endsWith('@lid') ? 'lid' : 'pn');
    for (const device of recipient.devices) {
      this.#office.transmit(device, node('chatstate', { from: sender }, [state]));
    }
  }

  #subscribe(from: LinkedDevice, to: string): void {
    const account = this.#network.directory.byAddress(to);
    if (!account) return;
    const type = account.phone.online ? 'available' : 'unavailable';
    this.#office.transmit(from, node('presence', { from: to, type }));
  }
}

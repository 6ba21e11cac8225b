import type { FaultAction } from '../faults/fault-rule.js';
import { isBreak } from '../faults/fault-rule.js';
import type { Network } from '../network.js';
import type { LinkedDevice } from '../state/linked-device.js';
import { bytes, child, node, type Node } from '../wire/node.js';
import { SERVER } from '../wire/address.js';

const POINTS: Partial<Record<string, 'delivery' | 'receipt'>> = { message: 'delivery', receipt: 'receipt' };
const COUNTED_TAGS = ['message', 'receipt', 'notification', 'call'];

/** Brings stanzas to linked devices: at once when they are there, else after their next login. */
export class PostOffice {
  readonly #network: Network;

  constructor(network: Network) {
    this.#network = network;
  }

  /** For what must not get lost: stays queued until the device acknowledges it. */
  deliver(device: LinkedDevice, stanza: Node): void {
    const point = POINTS[stanza.tag];
    const fault = point && this.#network.faults.take(point, this.#subject(device, stanza));
    if (!fault) this.#post(device, stanza);
    else this.#deliverFaulty(device, stanza, fault);
  }

  /** For what is worth nothing later, such as typing. */
  transmit(device: LinkedDevice, stanza: Node): void {
    if (device.caughtUp) device.link?.send(stanza);
  }

  /** Tells a device what waits for it; it asks for it with `<offline_batch>`. */
  announceWaiting(device: LinkedDevice): void {
    const counts = Object.fromEntries(COUNTED_TAGS.map((tag) => [tag, String(device.queue.countOf(tag))]));
    const preview = node('offline_preview', { count: String(device.queue.size), appdata: '0', ...counts });
    device.link?.send(node('ib', { from: SERVER }, [preview]));
  }

  /** Writes what waits, then live delivery begins. */
  catchUp(device: LinkedDevice): void {
    if (!device.link || device.caughtUp) return;
    const waiting = device.queue.offlineCopies();
    for (const stanza of waiting) device.link.send(stanza);
    device.caughtUp = true;
    device.link.send(node('ib', { from: SERVER }, [node('offline', { count: String(waiting.length) })]));
  }

  #post(device: LinkedDevice, stanza: Node): void {
    device.queue.add(stanza);
    this.transmit(device, stanza);
  }

  #deliverFaulty(device: LinkedDevice, stanza: Node, fault: FaultAction): void {
    if (isBreak(fault)) {
      device.queue.add(stanza);
      device.disrupt(fault);
    } else if (fault.kind === 'delay') {
      this.#network.timers.after(fault.ms, () => {
        this.#post(device, stanza);
      });
    } else if (fault.kind === 'duplicate') {
      this.#post(device, stanza);
      this.transmit(device, stanza);
    } else if (fault.kind === 'corrupt') this.#post(device, corrupted(stanza));
  }

  #subject(device: LinkedDevice, stanza: Node): Record<string, string | number> {
    const from = stanza.attrs['from'];
    const sender = this.#network.directory.byAddress(from)?.number ?? from ?? '';
    const { id = '', type = '' } = stanza.attrs;
    return { number: device.account.number, device: device.id, recipient: sender, id, type };
  }
}

/** The same message with a broken MAC: the client cannot decrypt it and asks for it again. */
function corrupted(stanza: Node): Node {
  const enc = child(stanza, 'enc');
  if (!enc || !Array.isArray(stanza.content)) return stanza;
  const ciphertext = bytes(enc);
  ciphertext.writeUInt8(ciphertext.readUInt8(ciphertext.length - 1) ^ 0xff, ciphertext.length - 1);
  const broken = node('enc', enc.attrs, ciphertext);
  return node(
    stanza.tag,
    stanza.attrs,
    stanza.content.map((each) => (each === enc ? broken : each)),
  );
}

import type { Network } from '../network.js';
import type { Account } from '../state/account.js';
import type { LinkedDevice } from '../state/linked-device.js';
import { chatKind, parseAddress } from '../wire/address.js';
import { child, children, node, ProtocolError, unixSeconds, type Node } from '../wire/node.js';
import type { PostOffice } from './post-office.js';

/** Receipts that concern the sender's own devices only. */
const PRIVATE_TYPES: ReadonlySet<string | undefined> = new Set([
  'sender',
  'peer_msg',
  'hist_sync',
  'read-self',
]);

export type ReceiptKind = 'delivered' | 'read' | 'played';

/** Carries receipts in both directions. */
export class ReceiptRouter {
  readonly #network: Network;
  readonly #office: PostOffice;

  constructor(network: Network, office: PostOffice) {
    this.#network = network;
    this.#office = office;
  }

  /** A linked device answers for messages it got. */
  accept(from: LinkedDevice, receipt: Node): void {
    const { id, to, type } = receipt.attrs;
    // Stock clients leave `to` out when they answer for a message of their own account in number addressing.
    if (!id || (!to && type !== 'sender')) throw new ProtocolError('a receipt needs id and to');
    from.queue.settle(receipt);
    from.link?.send(
      node('ack', { class: 'receipt', id, from: to, type, participant: receipt.attrs['participant'] }),
    );
    if (!to || chatKind(to) === 'server') return;
    const sender = receipt.attrs['participant'] ?? to;
    const account = this.#network.directory.byAddress(sender);
    if (!account) return;
    const ids = [id, ...children(child(receipt, 'list'), 'item').map((item) => item.attrs['id'] ?? '')];
    const device = parseAddress(sender)?.device ?? 0;
    if (device === 0) account.phone.receiveReceipt({ from, type, ids, stanza: receipt });
    if (type === 'retry') this.#askDevice(account.device(device), from, receipt);
    else if (account !== from.account && !PRIVATE_TYPES.has(type)) this.#tellDevices(account, from, receipt);
  }

  /** A phone answers for a message that it got from a linked device: all devices of the sender learn it. */
  announce(
    reader: Account,
    message: { sender: LinkedDevice; chat: string; id: string },
    kind: ReceiptKind,
  ): void {
    const addressing = message.chat.endsWith('@lid') ? 'lid' : 'pn';
    const from = reader.address(addressing);
    const type = kind === 'delivered' ? undefined : kind;
    for (const device of message.sender.account.devices) {
      this.#office.deliver(device, node('receipt', { from, id: message.id, t: unixSeconds(), type }));
    }
  }

  /** An account read messages on its phone: its linked devices learn which, the last one first. */
  shareReading(reader: Account, writer: Account, ids: readonly string[]): void {
    const [id, ...others] = ids.toReversed();
    if (id === undefined) return;
    const items = others.map((other) => node('item', { id: other }));
    const list = items.length === 0 ? undefined : [node('list', {}, items)];
    const attrs = {
      from: reader.address('pn'),
      recipient: writer.address('pn'),
      type: 'read',
      t: unixSeconds(),
    };
    for (const device of reader.devices)
      this.#office.deliver(device, node('receipt', { ...attrs, id }, list));
  }

  #askDevice(device: LinkedDevice | undefined, from: LinkedDevice, receipt: Node): void {
    if (!device) return;
    const addressing = receipt.attrs['to']?.endsWith('@lid') ? 'lid' : 'pn';
    const attrs = {
      ...receipt.attrs,
      to: undefined,
      from: from.account.address(addressing, from.id),
      t: unixSeconds(),
    };
    this.#office.deliver(device, node('receipt', attrs, receipt.content));
  }

  #tellDevices(account: Account, from: LinkedDevice, receipt: Node): void {
    const addressing = receipt.attrs['to']?.endsWith('@lid') ? 'lid' : 'pn';
    // "inactive" says only that the reader is not looking; the sender sees it as delivered.
    const type = receipt.attrs['type'] === 'inactive' ? undefined : receipt.attrs['type'];
    const attrs = { id: receipt.attrs['id'], from: from.account.address(addressing), t: unixSeconds(), type };
    for (const device of account.devices)
      this.#office.deliver(device, node('receipt', attrs, receipt.content));
  }
}

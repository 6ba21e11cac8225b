import type { BreakAction } from '../faults/fault-rule.js';
import type { IqRouter } from '../iq/iq-router.js';
import type { ConnectionRecord } from '../ledger/ledger-entry.js';
import type { MessageRouter } from '../messaging/message-router.js';
import type { PostOffice } from '../messaging/post-office.js';
import type { PresenceRouter } from '../messaging/presence-router.js';
import type { ReceiptRouter } from '../messaging/receipt-router.js';
import type { Network } from '../network.js';
import type { DeviceLink, LinkedDevice } from '../state/linked-device.js';
import { SERVER } from '../wire/address.js';
import { child, node, unixSeconds, type Node } from '../wire/node.js';
import { streamError, type ClientConnection, type Session } from './client-connection.js';

/** The parts that a session hands stanzas to. */
export interface Routers {
  readonly iqs: IqRouter;
  readonly messages: MessageRouter;
  readonly receipts: ReceiptRouter;
  readonly presences: PresenceRouter;
  readonly office: PostOffice;
}

/** The connection of a linked device, from its login on. */
export class DeviceSession implements Session, DeviceLink {
  readonly number: number;
  readonly #connection: ClientConnection;
  readonly #device: LinkedDevice;
  readonly #network: Network;
  readonly #routers: Routers;
  readonly #record: ConnectionRecord;

  constructor(connection: ClientConnection, device: LinkedDevice, network: Network, routers: Routers) {
    this.number = connection.number;
    this.#connection = connection;
    this.#device = device;
    this.#network = network;
    this.#routers = routers;
    this.#replaceOlder();
    this.#record = network.ledger.opened(this.number, device.account.number, device.id);
    device.link = this;
    device.caughtUp = false;
    device.available = false;
    const { lid } = device.account;
    this.send(node('success', { t: unixSeconds(), lid: `${lid}:${String(device.id)}@lid`, props: '0' }));
  }

  send(stanza: Node): void {
    if (stanza.tag !== 'iq') this.#note('out', stanza);
    this.#connection.send(stanza);
  }

  break(action: BreakAction): void {
    this.#record.reason ??= action.kind;
    this.#connection.break(action);
  }

  async receive(stanza: Node): Promise<void> {
    const { iqs, messages, receipts, presences, office } = this.#routers;
    if (stanza.tag !== 'message') this.#note('in', stanza);
    switch (stanza.tag) {
      case 'iq':
        return iqs.answer(stanza, { device: this.#device });
      case 'message':
        messages.accept(this.#device, stanza);
        return;
      case 'receipt':
        receipts.accept(this.#device, stanza);
        return;
      case 'ack':
        this.#device.queue.settle(stanza);
        return;
      case 'presence':
      case 'chatstate':
        presences.accept(this.#device, stanza);
        return;
      case 'ib':
        if (child(stanza, 'offline_batch')) this.#catchUp(office);
        return;
      default:
        // Telemetry and calls from clients change nothing here; the ledger has noted them.
        return;
    }
  }

  closed(): void {
    this.#record.closedAt = Date.now();
    this.#record.reason ??= 'closed';
    if (this.#device.link !== this) return;
    this.#device.link = undefined;
    this.#device.caughtUp = false;
    this.#device.available = false;
  }

  #catchUp(office: PostOffice): void {
    office.catchUp(this.#device);
    if (this.#device.welcomed) return;
    this.#device.welcomed = true;
    // Clients wait for the history only after they have caught up: earlier does not count.
    if (this.#network.settings.firstSync) this.#device.account.phone.welcome(this.#device);
  }

  #replaceOlder(): void {
    const older = this.#device.link;
    if (!(older instanceof DeviceSession)) return;
    older.#record.reason = 'replaced';
    older.#connection.closeWith(streamError({ conflict: 'replaced' }));
  }

  #note(direction: 'in' | 'out', stanza: Node): void {
    const { attrs, tag } = stanza;
    const peer = direction === 'in' ? attrs['to'] : attrs['from'];
    this.#network.ledger.record({
      direction,
      accountNumber: this.#device.account.number,
      device: this.#device.id,
      connection: this.number,
      tag,
      id: attrs['id'],
      type: attrs['type'] ?? (tag === 'ack' ? attrs['class'] : undefined),
      xmlns: attrs['xmlns'],
      peer,
      to: peer === undefined || peer === SERVER ? undefined : this.#network.directory.byAddress(peer)?.number,
      offline: attrs['offline'] !== undefined,
      encs: [],
    });
  }
}

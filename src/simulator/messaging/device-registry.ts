import { stanzaId } from '../network.js';
import type { Account } from '../state/account.js';
import type { LinkedDevice } from '../state/linked-device.js';
import { SERVER } from '../wire/address.js';
import { node, unixSeconds } from '../wire/node.js';
import type { PostOffice } from './post-office.js';

/** Tells those who must know when a device is linked to an account or taken off it. */
export class DeviceRegistry {
  readonly #office: PostOffice;

  constructor(office: PostOffice) {
    this.#office = office;
  }

  linked(device: LinkedDevice): void {
    this.#announce(device, 'update');
  }

  /** The phone removed the device, or the client logged out: its connection ends, its next login is refused. */
  remove(device: LinkedDevice): void {
    const { account } = device;
    account.forget(device);
    account.watchers.delete(device);
    device.queue.clear();
    device.disrupt({ kind: 'streamError', code: '401', conflict: 'device_removed' });
    this.#announce(device, 'remove');
  }

  collectionChanged(account: Account, collection: string, version: number, except?: LinkedDevice): void {
    const content = [node('collection', { name: collection, version: String(version) })];
    for (const device of account.devices) {
      if (device === except) continue;
      const attrs = { type: 'server_sync', from: SERVER, id: stanzaId(), t: unixSeconds() };
      this.#office.deliver(device, node('notification', attrs, content));
    }
  }

  #announce(changed: LinkedDevice, change: 'update' | 'remove'): void {
    const { account } = changed;
    const content = [
      node(change, {}, [node('device', { jid: changed.jid, 'key-index': String(changed.keyIndex) })]),
    ];
    for (const watcher of new Set([...account.watchers, ...account.devices])) {
      if (watcher === changed || !watcher.account.devices.includes(watcher)) continue;
      const attrs = { type: 'devices', from: account.address('pn'), id: stanzaId(), t: unixSeconds() };
      this.#office.deliver(watcher, node('notification', attrs, content));
    }
  }
}

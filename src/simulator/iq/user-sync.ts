import type { Account } from '../state/account.js';
import type { Directory } from '../state/directory.js';
import { phoneAddress } from '../wire/address.js';
import { child, children, node, text, unixSeconds, type Node } from '../wire/node.js';
import type { IqHandler } from './iq-handler.js';

type Protocol = (account: Account | undefined) => Node | undefined;

/** What clients may ask about users, by the name of the protocol. */
const PROTOCOLS: Partial<Record<string, Protocol>> = {
  contact: (account) => node('contact', { type: account ? 'in' : 'out' }),
  devices: (account) => account && node('devices', {}, deviceLists(account)),
  lid: (account) => account && node('lid', { val: account.address('lid') }),
  status: (account) => account && node('status', { t: unixSeconds() }, ''),
  disappearing_mode: (account) => account && node('disappearing_mode', { duration: '0', t: '0' }),
  business: (account) =>
    account?.profile.verifiedName === undefined
      ? undefined
      : node('business', {}, [node('verified_name', {}, account.profile.verifiedName)]),
};

/** `usync`: which of these users exist, under which LIDs, with which devices. */
export const syncUsers: IqHandler = (iq, { network, device }) => {
  const request = child(iq, 'usync');
  const wanted = children(child(request, 'query')).map((protocol) => protocol.tag);
  const users = children(child(request, 'list'), 'user').map((user) => {
    const account = accountOf(user, network.directory);
    if (wanted.includes('devices')) account?.watchers.add(device);
    const content = wanted.flatMap((name) => PROTOCOLS[name]?.(account) ?? []);
    return node('user', { jid: jidOf(user) }, content);
  });
  const attrs = { ...request?.attrs, last: 'true', index: '0' };
  return [node('usync', attrs, [node('result'), node('list', {}, users)])];
};

function jidOf(user: Node): string {
  return user.attrs['jid'] ?? phoneAddress(text(child(user, 'contact')).replace(/\D/g, ''));
}

function accountOf(user: Node, directory: Directory): Account | undefined {
  return directory.byAddress(jidOf(user));
}

function deviceLists(account: Account): Node[] {
  const linked = account.devices.map((device) =>
    node('device', { id: String(device.id), 'key-index': String(device.keyIndex) }),
  );
  return [
    node('device-list', {}, [node('device', { id: '0' }), ...linked]),
    node('key-index-list', { ts: unixSeconds() }),
  ];
}

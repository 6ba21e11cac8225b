import { createHash } from 'node:crypto';
import { readSignedPreKey, type DeviceBundle } from '../signal/device-bundle.js';
import { parseAddress } from '../wire/address.js';
import { child, children, node, unsigned, type Node } from '../wire/node.js';
import { IqError, type IqContext, type IqHandler } from './iq-handler.js';

/** More than the five below which clients upload keys. */
const ENOUGH_KEYS = 100;

export const countKeys: IqHandler = (_iq, { device, network }) => {
  const count = network.settings.cheapPrekeys ? ENOUGH_KEYS : device.bundle.oneTimeKeyCount;
  return [node('count', { value: String(count) })];
};

/** Clients compare nothing, but without a `<digest>` they upload keys again. */
export const digestKeys: IqHandler = (_iq, { device }) => {
  const { bundle } = device;
  const ids = bundle.oneTimeKeyIds.map((id) => node('id', {}, unsigned(id, 3)));
  const content = [
    node('registration', {}, unsigned(bundle.registrationId, 4)),
    node('type', {}, Buffer.from([5])),
    node('identity', {}, bundle.identityKey),
    node('skey', {}, [node('id', {}, unsigned(bundle.signedPreKey.id, 3))]),
    node('list', {}, ids),
    node('hash', {}, createHash('sha1').update(bundle.identityKey).digest()),
  ];
  return [node('digest', {}, content)];
};

export const uploadKeys: IqHandler = (iq, { device }) => {
  device.bundle.upload(iq);
  return [];
};

export const rotateSignedKey: IqHandler = (iq, { device }) => {
  const skey = child(child(iq, 'rotate'), 'skey');
  if (!skey) throw new IqError(400, 'bad-request');
  device.bundle.signedPreKey = readSignedPreKey(skey);
  return [];
};

/** The public keys of phones and linked devices, so that the client can open sessions with them. */
export const fetchBundles: IqHandler = (iq, context) => {
  const users = children(child(iq, 'key'), 'user').map((user) => bundleOf(user.attrs['jid'] ?? '', context));
  return [node('list', {}, users)];
};

function bundleOf(jid: string, { network }: IqContext): Node {
  const account = network.directory.byAddress(jid);
  const deviceId = parseAddress(jid)?.device ?? 0;
  if (account && deviceId === 0) return node('user', { jid }, account.keys.bundle());
  const bundle: DeviceBundle | undefined = account?.device(deviceId)?.bundle;
  if (bundle) return node('user', { jid }, bundle.toNodes());
  return node('user', { jid }, [node('error', { code: '404', text: 'item-not-found' })]);
}

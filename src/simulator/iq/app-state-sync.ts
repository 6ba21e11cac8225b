import { bytes, child, children, node, type Node } from '../wire/node.js';
import type { IqContext, IqHandler } from './iq-handler.js';

/** `w:sync:app:state`: takes a client's change, gives it the patches it lacks. */
export const syncAppState: IqHandler = async (iq, context) => {
  await context.device.account.appState.ensureInitialPatches();
  const collections = children(child(iq, 'sync'), 'collection');
  return [
    node(
      'sync',
      {},
      collections.map((each) => syncCollection(each, context)),
    ),
  ];
};

function syncCollection(collection: Node, { device, announceCollection }: IqContext): Node {
  const { appState } = device.account;
  const { name = '', version = '0' } = collection.attrs;
  const change = child(collection, 'patch');
  if (change) {
    const newVersion = appState.append(name, bytes(change));
    announceCollection(device, name, newVersion);
    return node('collection', { name, version: String(newVersion), has_more_patches: 'false' });
  }
  const patches = appState.since(name, Number(version)).map((patch) => node('patch', {}, patch));
  const attrs = { name, version: String(appState.versionOf(name)), has_more_patches: 'false' };
  return node('collection', attrs, patches.length === 0 ? [] : [node('patches', {}, patches)]);
}

import { deflate } from 'node:zlib';
import { promisify } from 'node:util';
import { proto } from '@whiskeysockets/baileys';
import type { LinkedDevice } from '../state/linked-device.js';
import type { PhoneCore } from './phone-core.js';
import type { PhoneSender } from './phone-sender.js';

const deflateAsync = promisify(deflate);
const { APP_STATE_SYNC_KEY_SHARE, HISTORY_SYNC_NOTIFICATION } = proto.Message.ProtocolMessage.Type;

/** What a phone tells a freshly linked device: the key of the shared settings, then its (empty) history. */
export async function sendFirstSync(
  core: PhoneCore,
  sender: PhoneSender,
  device: LinkedDevice,
): Promise<void> {
  await core.account.appState.ensureInitialPatches();
  await sender.sendPeer(device, keyShare(core, device));
  await sender.sendPeer(device, await history(core));
}

function keyShare({ account }: PhoneCore, device: LinkedDevice): proto.IMessage {
  const { keyId, keyData } = account.appState;
  const fingerprint = { rawId: 1, currentIndex: device.keyIndex, deviceIndexes: [0, device.keyIndex] };
  const key = { keyId: { keyId }, keyData: { keyData, fingerprint, timestamp: Date.now() } };
  return { protocolMessage: { type: APP_STATE_SYNC_KEY_SHARE, appStateSyncKeyShare: { keys: [key] } } };
}

/** Inline, because the other form is always fetched from WhatsApp's own media host. */
async function history({ account }: PhoneCore): Promise<proto.IMessage> {
  const { INITIAL_BOOTSTRAP } = proto.HistorySync.HistorySyncType;
  const own = { pnJid: account.address('pn'), lidJid: account.address('lid') };
  const sync = { syncType: INITIAL_BOOTSTRAP, conversations: [], phoneNumberToLidMappings: [own] };
  const payload = await deflateAsync(proto.HistorySync.encode(sync).finish());
  return {
    protocolMessage: {
      type: HISTORY_SYNC_NOTIFICATION,
      historySyncNotification: {
        syncType: proto.Message.HistorySyncType.INITIAL_BOOTSTRAP,
        chunkOrder: 0,
        progress: 100,
        initialHistBootstrapInlinePayload: payload,
      },
    },
  };
}

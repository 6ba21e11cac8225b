import { proto, toNumber } from '@whiskeysockets/baileys';
import { chatAddressOf, lidOf, phoneOf } from '../addresses.js';
import type { InboxEntry } from '../ports.js';

/**
 * WhatsApp withholds some messages from linked devices (the first message after a click on an advertisement is one) and lets
 * the phone answer a request with them. The answer comes as traffic between own devices and holds whole messages.
 */
export function placeholderRows(peerContent: Uint8Array): InboxEntry[] {
  const { protocolMessage } = proto.Message.decode(peerContent);
  const results = protocolMessage?.peerDataOperationRequestResponseMessage?.peerDataOperationResult ?? [];
  return results.flatMap((result) => {
    const bytes = result.placeholderMessageResendResponse?.webMessageInfoBytes;
    const row = bytes ? rowOf(proto.WebMessageInfo.decode(bytes)) : null;
    return row === null ? [] : [row];
  });
}

function rowOf(info: proto.WebMessageInfo): InboxEntry | null {
  const { key, message } = info;
  if (!key?.id || !key.remoteJid || !message) return null;
  const participant = key.participant ?? info.participant ?? null;
  const author = participant ?? key.remoteJid;
  const fromMe = key.fromMe === true;
  return {
    whatsappId: key.id,
    chat: chatAddressOf(key.remoteJid),
    participant: participant === null ? null : chatAddressOf(participant),
    fromMe,
    content: proto.Message.encode(message).finish(),
    envelope: {
      senderPhone: fromMe ? null : phoneOf(author),
      senderLid: fromMe ? null : lidOf(author),
      recipientPhone: fromMe ? phoneOf(key.remoteJid) : null,
      recipientLid: fromMe ? lidOf(key.remoteJid) : null,
      pushName: info.pushName ?? null,
      verifiedName: info.verifiedBizName ?? null,
      sentAt: new Date(toNumber(info.messageTimestamp ?? 0) * 1000),
      caughtUp: false,
    },
  };
}

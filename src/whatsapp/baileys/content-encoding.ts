import { proto } from '@whiskeysockets/baileys/WAProto/index.js';
import { toAddress } from '../addresses.js';
import type { MessageKey, QuotedMessage } from '../content.types.js';
import { unwrap } from './mapping.js';

const { MESSAGE_EDIT, REVOKE } = proto.Message.ProtocolMessage.Type;

/** A text message, frozen: sending it again sends the same bytes. */
export function encodeText(text: string): Uint8Array {
  return encode({ extendedTextMessage: { text } });
}

export function encodeReaction(target: MessageKey, emoji: string, at: Date): Uint8Array {
  return encode({
    reactionMessage: { key: keyOf(target), text: emoji, senderTimestampMs: at.getTime() },
  });
}

export function encodeEdit(target: MessageKey, text: string, at: Date): Uint8Array {
  const editedMessage = { extendedTextMessage: { text } };
  const timestampMs = at.getTime();
  return encode({
    protocolMessage: { key: keyOf(target), type: MESSAGE_EDIT, editedMessage, timestampMs },
  });
}

export function encodeRevoke(target: MessageKey): Uint8Array {
  return encode({ protocolMessage: { key: keyOf(target), type: REVOKE } });
}

/** What we send holds one message that can answer: text or a file. */
export function withQuote(content: Uint8Array, quoted: QuotedMessage): Uint8Array {
  const message = proto.Message.decode(content);
  const contextInfo = {
    stanzaId: quoted.whatsappId,
    participant: toAddress(quoted.author),
    quotedMessage: quotedContent(quoted),
  };
  for (const answer of [
    message.extendedTextMessage,
    message.imageMessage,
    message.videoMessage,
    message.audioMessage,
    message.documentMessage,
    message.documentWithCaptionMessage?.message?.documentMessage,
  ]) {
    if (answer) answer.contextInfo = { ...answer.contextInfo, ...contextInfo };
  }
  return encode(message);
}

/** WhatsApp repeats no quote inside of a quote. */
function quotedContent({ content, text }: QuotedMessage): proto.IMessage {
  const fallback = { conversation: text ?? '' };
  if (content === null) return fallback;
  const message = unwrap(proto.Message.decode(content));
  if (message.extendedTextMessage) return { conversation: message.extendedTextMessage.text ?? '' };
  const bare: Record<string, unknown> = { ...message, messageContextInfo: null };
  for (const [name, value] of Object.entries(bare)) {
    if (isObject(value)) bare[name] = { ...value, contextInfo: null };
  }
  return proto.Message.create(bare);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !ArrayBuffer.isView(value);
}

function keyOf({ chat, whatsappId, fromMe }: MessageKey): proto.IMessageKey {
  return { remoteJid: toAddress(chat), id: whatsappId, fromMe };
}

function encode(message: proto.IMessage): Uint8Array {
  return proto.Message.encode(message).finish();
}

/** What a message does to an earlier one has to be said on the stanza as well. */
export function editAttributeOf(message: proto.IMessage): { readonly edit?: string } {
  switch (message.protocolMessage?.type) {
    case MESSAGE_EDIT:
      return { edit: '1' };
    case REVOKE:
      return { edit: '7' };
    default:
      return {};
  }
}

// The protobufs alone: reading contents must not cost a process the whole library.
import { proto } from '@whiskeysockets/baileys/WAProto/index.js';
import type { ContentCodec, InboundContent } from '../content.types.js';
import { encodeEdit, encodeReaction, encodeRevoke, encodeText, withQuote } from './content-encoding.js';
import { mapMessage } from './mapping.js';

/** What an inbound content means; null when the bytes are no message. */
export function decodeContent(content: Uint8Array): InboundContent | null {
  const message = decodeMessage(content);
  return message === null ? null : mapMessage(message);
}

export function decodeMessage(content: Uint8Array): proto.Message | null {
  try {
    return proto.Message.decode(content);
  } catch {
    return null;
  }
}

export const contentCodec: ContentCodec = {
  encodeText,
  withQuote,
  encodeReaction,
  encodeEdit,
  encodeRevoke,
  decode: decodeContent,
};
